"""The kinds of labels. A further kind is a file of ``labels/``, a line here, and its templates."""

from madang.community.moderation.kind import Kind
from madang.community.moderation.labels.advertising import Advertising
from madang.community.moderation.labels.spam import Spam
from madang.community.moderation.labels.speech import Speech

#: The queue of the first is the page on which a moderator begins.
KINDS: dict[str, Kind] = {each.NAME: each for each in (Advertising(), Spam(), Speech())}
ADS, SPAM, SPEECH = KINDS[Advertising.NAME], KINDS[Spam.NAME], KINDS[Speech.NAME]
