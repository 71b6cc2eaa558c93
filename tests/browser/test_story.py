"""The main job, as people do it: write, be labelled, ask why, appeal, decide."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Post
from madang.community.moderation.models import Case, Decision

OpenPage = Callable[..., Page]

ORDINARY = (
    "비 오는 날 산책",
    "오늘은 비가 와서 강아지랑 동네를 천천히 걸었다. 물웅덩이만 보면 뛰어들어서 집에 와서 씻기느라 "
    "한참 걸렸지만, 젖은 흙냄새가 참 좋았다. 저녁에는 엄마가 부쳐 준 김치전을 먹고 일찍 잤다.",
)
ADVERTISEMENT = (
    "오늘만 특가! 피부관리기 공동구매 오픈",
    "공구 오픈! 피부관리기 풀세트 최대 40% 할인 이벤트, 무료배송에 사은품까지 드립니다. "
    "선착순 한정 수량이니 서둘러 주세요. 구매 문의와 상담은 카카오톡이나 DM 주세요. "
    "프로필 링크에서 바로 주문하세요. "
    "#공구 #이벤트 #특가 #할인 #피부관리 #홈케어",
)

with_and_without_scripts = pytest.mark.parametrize(
    "javascript", [True, False], ids=["javascript", "no-javascript"]
)


def write(page: Page, board: Board, title: str, body: str) -> None:
    page.goto(f"/boards/{board.slug}/write/")
    page.get_by_label("제목", exact=True).fill(title)
    page.get_by_label("본문").fill(body)
    page.get_by_role("button", name="올리기").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


@with_and_without_scripts
def test_an_ordinary_post_gets_no_label(
    open_page: OpenPage, author: User, board: Board, javascript: bool
) -> None:
    page = open_page(author, javascript=javascript)
    write(page, board, *ORDINARY)
    expect(page.locator(".label.ad")).to_have_count(0)
    expect(page.get_by_text("판단 중")).to_have_count(0)
    assert Post.objects.get().label == "ordinary"
    page.goto("/")
    expect(page.get_by_role("link", name=ORDINARY[0])).to_be_visible()
    expect(page.locator(".label.ad")).to_have_count(0)


@with_and_without_scripts
def test_an_advertisement_is_labelled_explained_appealed_and_decided(
    open_page: OpenPage, author: User, moderator: User, board: Board, javascript: bool
) -> None:
    page = open_page(author, javascript=javascript)
    write(page, board, *ADVERTISEMENT)
    expect(page.locator("summary .label.ad")).to_have_text("광고")

    reasons = page.locator(".reasons")
    expect(reasons).to_be_hidden()
    page.get_by_text("왜?").click()
    expect(reasons).to_be_visible()
    expect(reasons.locator("mark").first).to_be_visible()
    expect(reasons).to_contain_text("광고일 확률")

    page.get_by_label("광고가 아닌가요?").fill("제가 쓰던 물건을 파는 글이에요")
    page.get_by_role("button", name="이의 내기").click()
    expect(page.get_by_text("이의를 냈습니다")).to_be_visible()
    expect(page.get_by_role("button", name="이의 내기")).to_have_count(0)

    page.goto("/")
    expect(page.locator(".posts .label.ad")).to_have_text("광고")

    queue = open_page(moderator, javascript=javascript)
    queue.get_by_role("link", name="운영 기다리는 글 1개").click()
    expect(queue.get_by_text("제가 쓰던 물건을 파는 글이에요")).to_be_visible()
    queue.get_by_role("checkbox", name=ADVERTISEMENT[0]).check()
    queue.get_by_label("글쓴이에게 남길 말").fill("말씀이 맞습니다")
    queue.get_by_role("button", name="일반 글로").click()
    expect(queue.get_by_text("1개를 처리했습니다")).to_be_visible()

    page.goto(Post.objects.get().get_absolute_url())
    expect(page.locator(".label.ad")).to_have_count(0)
    expect(page.get_by_text("이의에 답합니다")).to_be_visible()
    expect(page.get_by_text("말씀이 맞습니다")).to_be_visible()
    assert Decision.objects.get().label == "ordinary"


def test_everything_can_be_done_by_keyboard_alone(
    open_page: OpenPage, author: User, board: Board
) -> None:
    page = open_page(author, f"/boards/{board.slug}/")

    def press_tab_until(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
            )
            if focused.endswith(name):
                return
        pytest.fail(f"Tab never reaches {name!r}")

    press_tab_until("글쓰기")
    page.keyboard.press("Enter")
    page.wait_for_url("**/write/")
    press_tab_until("제목")
    page.keyboard.insert_text(ADVERTISEMENT[0])
    press_tab_until("본문")
    page.keyboard.insert_text(ADVERTISEMENT[1])
    press_tab_until("올리기")
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts/*/")
    press_tab_until("왜?")
    page.keyboard.press("Enter")
    expect(page.locator(".reasons")).to_be_visible()
    press_tab_until("이의 내기")
    page.keyboard.press("Enter")
    expect(page.get_by_text("이의를 냈습니다")).to_be_visible()
    assert Case.objects.get().is_appealed


def test_the_check_speaks_while_one_writes_and_blocks_nothing(
    open_page: OpenPage, author: User, board: Board
) -> None:
    page = open_page(author, f"/boards/{board.slug}/write/")
    page.get_by_label("제목", exact=True).fill("새로 나온 크림")
    page.get_by_label("본문").press_sequentially("체험단으로 써 봤어요")
    expect(page.get_by_text("[협찬] 업체에서 제품을 제공받아")).to_be_visible()
    expect(page.locator(".finding mark")).to_have_text("체험단으로")
    page.get_by_label("제목", exact=True).fill("[협찬] 새로 나온 크림")
    expect(page.get_by_text("광고임을 잘 밝혀 주셨어요")).to_be_visible()
    page.get_by_label("제목", exact=True).fill("새로 나온 크림")
    expect(page.locator(".finding.advice")).to_be_visible()
    page.get_by_role("button", name="올리기").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("새로 나온 크림")


def test_a_disclosed_advertisement_is_shown_as_its_authors_own_word(
    open_page: OpenPage, author: User, board: Board
) -> None:
    page = open_page(author)
    write(
        page, board, "[광고] 새로 나온 크림", "업체에서 제품을 제공받아 작성했습니다. 촉촉합니다."
    )
    page.get_by_text("왜?").click()
    expect(page.get_by_text("작성자가 광고임을 밝힌 글입니다")).to_be_visible()
    expect(page.get_by_role("button", name="이의 내기")).to_have_count(0)


def test_markup_in_a_post_never_runs(
    open_page: OpenPage, author: User, moderator: User, board: Board
) -> None:
    attack = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
    page = open_page(author)
    write(page, board, f"공구 {attack}"[:100], f"{ADVERTISEMENT[1]} {attack}")
    pages = [page, open_page(moderator, "/moderation/?tab=ads"), open_page(None, "/")]
    for each in pages:
        expect(each.locator("main img")).to_have_count(0)
        assert "pwned" not in each.title().replace("title='pwned'", "")


def test_nobody_but_a_moderator_finds_the_queue(open_page: OpenPage, author: User) -> None:
    page = open_page(author)
    expect(page.get_by_role("link", name="운영")).to_have_count(0)
    response = page.goto("/moderation/")
    assert response is not None
    assert response.status == 403
