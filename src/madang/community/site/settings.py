"""Django's settings. What an operator may change is read in ``environment.py``."""

import os
from datetime import timedelta
from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF

from madang.community.site import environment

django_stubs_ext.monkeypatch()  # lets ModelForm[Post] and its like be written

HERE = Path(__file__).resolve().parent
HOME = environment.home()

DEBUG = environment.read_flag("MADANG_DEBUG")
SECRET_KEY = environment.read_secret_key(HOME)
ALLOWED_HOSTS = environment.allowed_hosts()
CSRF_TRUSTED_ORIGINS = environment.read_list("MADANG_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "madang.community.throttling",
    "madang.community.accounts",
    "madang.community.boards",
    "madang.community.inference",
    "madang.community.moderation",
    "madang.community.reviews",
    "madang.community.tags",
    "madang.community.related",
    "madang.community.market",
    "madang.community.recommendations",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "madang.community.site.middleware.keep_private",
    # Before whoever reads a form or a cookie. Both draw their pages as views are called, when it is
    # known who asks: a body is weighed first, then read.
    "madang.community.site.body_limit.BodyLimitMiddleware",
    "madang.community.site.sanitizing.SanitizingMiddleware",
    "madang.community.site.middleware.SessionMiddleware",
    "madang.community.site.middleware.choose_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    # Last: it knows the person, and a forged form, which counts for nobody, came no further.
    "madang.community.throttling.middleware.ThrottlingMiddleware",
]

ROOT_URLCONF = "madang.community.site.urls"
WSGI_APPLICATION = "madang.community.serve.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["madang.community.boards.templatetags.boards"],
        },
    },
]

DATABASES = {
    "default": environment.database(os.environ.get("MADANG_DATABASE_URL", ""), folder=HOME)
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# The models: the name of one that ships with the package, or a folder; empty turns one off.
MADANG_SPAM_MODEL = os.environ.get("MADANG_SPAM_MODEL", "spam")
MADANG_ADS_MODEL = os.environ.get("MADANG_ADS_MODEL", "ads")
MADANG_SENTIMENT_MODEL = os.environ.get("MADANG_SENTIMENT_MODEL", "sentiment")
MADANG_HATE_MODEL = os.environ.get("MADANG_HATE_MODEL", "hate")
MADANG_ENTITIES_MODEL = os.environ.get("MADANG_ENTITIES_MODEL", "entities")
MADANG_SENTENCE_MODEL = os.environ.get("MADANG_SENTENCE_MODEL", "sentence")
# Unset, the site's own: the version in use in HOME/recommenders (``version.py``).
MADANG_RECOMMENDER_MODEL = os.environ.get("MADANG_RECOMMENDER_MODEL")
# From these probabilities on a text is withheld as spam, folded as hate, as an insult; None: from
# the one of the model (``moderation/labels/``).
MADANG_SPAM_THRESHOLD = environment.read_share("MADANG_SPAM_THRESHOLD")
MADANG_HATE_THRESHOLD = environment.read_share("MADANG_HATE_THRESHOLD")
MADANG_OFFENSIVE_THRESHOLD = environment.read_share("MADANG_OFFENSIVE_THRESHOLD")

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "madang.community.accounts.backend.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "boards:front"
LOGOUT_REDIRECT_URL = "boards:front"
ACCOUNT_ADAPTER = "madang.community.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "madang.community.accounts.forms.LoginForm",
    "signup": "madang.community.accounts.forms.SignupForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = True
# Whether an e-mail address is known is said to nobody but who reads its mail: who signs up with
# another's gets an account, which the address does not confirm, and the address gets a mail.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "boards:front"
# django-axes counts failed logins, and keeps its count in the database. allauth counts in the
# cache, which each process has for itself; what it limits, ``throttling`` does.
ACCOUNT_RATE_LIMITS = False
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "madang.community.site.client.client_address"
AXES_USERNAME_CALLABLE = "madang.community.accounts.adapter.name_of_login"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "madang.community.accounts.views.locked"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# Limits: ``rate.py`` has those of each action.
MADANG_LIMITS = environment.limits()
MADANG_NEW_ACCOUNT_HOURS = environment.read_number("MADANG_NEW_ACCOUNT_HOURS", default=24)
MADANG_NEW_ACCOUNT_CONTRIBUTIONS = environment.read_number(
    "MADANG_NEW_ACCOUNT_CONTRIBUTIONS", default=3
)

# Language: the site is written in Korean; ``locale/en`` holds its English.
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [HERE / "locale"]
TIME_ZONE = "Asia/Seoul"
USE_TZ = True

# Files: served by WhiteNoise from where they lie, so nothing is collected before a start.
STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 600

# Mail
globals().update(environment.email(os.environ.get("MADANG_EMAIL_URL", "")))
DEFAULT_FROM_EMAIL = os.environ.get("MADANG_EMAIL_FROM", "madang@localhost")

# Safety
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "madang.community.boards.views.failure.csrf_failure"
# What the largest form takes (``body_limit.py``); each view has its own limit below this one.
DATA_UPLOAD_MAX_MEMORY_SIZE = 320 * 1024
# `madang serve` speaks HTTP: where pages come by HTTPS, one proxy at least stands in front.
MADANG_HTTPS = environment.read_flag("MADANG_HTTPS")
MADANG_PROXIES = environment.read_number("MADANG_PROXIES", default=int(MADANG_HTTPS), most=10)
if MADANG_HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = environment.read_number(
        "MADANG_HSTS_SECONDS", default=30 * 86400, most=2 * 365 * 86400
    )
    ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
    if MADANG_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The site binds itself to HTTPS, not the operator's other hosts below the same domain.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
