"""What people come to do, done in a browser: by mouse, by keys alone, on a phone, with wrong input."""

from playwright.sync_api import Browser, Page, expect
from tests.browser.served import signed_in, window
from tests.browser.walking import pass_purpose

from huimin_platform.command.cast import PASSWORD


def test_who_is_wrong_about_the_password_is_told(browser: Browser, address: str) -> None:
    page = window(browser, address, "en", "phone").new_page()
    page.goto(address)
    page.fill("input[name=username]", "county")
    page.fill("input[name=password]", "wrong")
    page.click("main form button.primary")
    expect(page.locator("main")).to_contain_text("password")
    expect(page.locator("input[name=username]")).to_be_visible()


def test_an_officer_decides_a_case_with_keys_alone(browser: Browser, address: str) -> None:
    with signed_in(browser, address, "casework", "en", "desktop") as page:
        page.goto(f"{address}/work/")
        case = page.locator("main a[href^='/cases/2']").first
        case.focus()
        number = (case.text_content() or "").strip()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        for _step in range(12):
            open_steps = page.locator("form[action*='/steps/'] textarea")
            if not open_steps.count():
                break
            open_steps.first.focus()
            page.keyboard.type("Visited; it is as the data say.")
            page.keyboard.press("Tab")
            with page.expect_navigation():
                page.keyboard.press("Enter")
        approve = page.locator("button[data-key=a]")
        expect(approve).to_be_visible()
        page.locator("h1").click()
        page.keyboard.press("a")
        expect(approve).to_be_focused()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.goto(f"{address}/cases/{number}/")
        expect(page.locator("#decision")).to_contain_text("Approved")


def test_refusing_needs_a_reason(browser: Browser, address: str) -> None:
    with signed_in(browser, address, "casework", "zh-hans", "phone") as page:
        page.goto(f"{address}/cases/?state=reviewing")
        page.locator("main a[href^='/cases/2']").first.click()
        page.locator("button[value=refuse]").click()
        expect(page.locator("main [role=alert], main .error-summary").first).to_be_visible()
        assert "/cases/" in page.url


def test_a_clerk_says_who_is_who_and_takes_it_back(browser: Browser, address: str) -> None:
    with signed_in(browser, address, "steward", "zh-hans", "desktop") as page:
        page.goto(f"{address}/review/")
        with page.expect_navigation():  # a key pressed before the page has loaded is heard by nobody
            page.locator("main a[href^='/review/']").first.click()
        pair = page.url
        page.keyboard.press("a")
        expect(page.locator("button[value=same]")).to_be_focused()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.goto(pair)
        with page.expect_navigation():
            page.locator("button[value=undo]").click()
        page.goto(pair)
        expect(page.locator("button[value=same]")).to_be_visible()


def test_opening_a_file_asks_what_for_and_tells_the_person(browser: Browser, address: str) -> None:
    with signed_in(browser, address, "county", "zh-hans", "phone") as page:
        page.goto(f"{address}/people/?name=王")
        first_person(page).click()
        expect(page.locator("input[name=purpose]").first).to_be_visible()
        pass_purpose(page)
        expect(page.locator("#looks")).to_contain_text("民政经办")


def test_a_file_outside_the_own_village_is_refused(browser: Browser, address: str) -> None:
    with signed_in(browser, address, "county", "en", "desktop") as page:
        page.goto(f"{address}/people/?name=王")
        addresses = page.eval_on_selector_all("main a[href^='/people/']", "all => all.map(one => one.href)")
    with signed_in(browser, address, "village", "en", "desktop") as page:
        answers = [page.goto(url) for url in addresses[:8]]
        assert any(answer is not None and answer.status == 403 for answer in answers)


def test_a_resident_sees_what_comes_and_who_looked(browser: Browser, address: str) -> None:
    with signed_in(browser, address, "resident", "zh-hans", "phone") as page:
        expect(page).to_have_url(f"{address}/mine/")
        expect(page.locator("#receives")).to_contain_text("元")
        expect(page.locator("#looks")).to_be_visible()
        page.goto(f"{address}/people/")
        expect(page.locator("h1")).to_be_visible()
        assert page.locator("input[name=q]").count() == 0


def test_who_is_cared_for_says_how_it_is_and_the_officer_reads_it(browser: Browser, address: str) -> None:
    with signed_in(browser, address, "elder", "zh-hans", "phone") as page:
        page.goto(f"{address}/mine/")
        page.locator("main a[href^='/questions/']").first.click()
        page.locator("input[name=score][value='2']").check()
        page.locator("textarea[name=words]").fill("来得太晚")
        page.locator("main form button.primary").click()
        expect(page).to_have_url(f"{address}/mine/")
    with signed_in(browser, address, "county", "en", "desktop") as page:
        page.goto(f"{address}/questions/?state=low&about=service")
        expect(page.locator("main")).to_contain_text("来得太晚")


def test_language_and_print_size_can_be_changed(browser: Browser, address: str) -> None:
    with signed_in(browser, address, "leader", "zh-hans", "phone") as page:
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.get_by_role("button", name="Large print").click()
        expect(page.locator("html")).to_have_attribute("data-print", "large")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def first_person(page: Page):
    """The first person that a search found."""
    return page.locator("main a[href^='/people/']").first


def test_what_was_typed_waits_where_one_has_to_sign_in_again(browser: Browser, address: str) -> None:
    typed = "家里老人摔伤了，没有人照顾。"
    with signed_in(browser, address, "resident", "zh-hans", "phone") as page:
        page.goto(f"{address}/mine/tell/")
        page.fill("main form textarea", typed)
        page.context.clear_cookies(name="sessionid")
        page.click("main form button.primary")
        expect(page.locator("input[name=password]")).to_be_visible()
        page.fill("input[name=username]", "resident")
        page.fill("input[name=password]", PASSWORD)
        page.click("main form button.primary")
        expect(page.locator("main form textarea")).to_have_value(typed)
        # Whoever signs out leaves nothing behind for the next one at this screen.
        with page.expect_navigation():
            page.click("form[data-signs-out] button")
        assert (
            page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('draft')).length") == 0
        )
