"""Sorting what residents write: learned from a folder, measured on what was not seen, in doubt where it is."""

from pathlib import Path

import pytest

from huimin.needs import learning, messages
from huimin.needs.messages import Message
from huimin.needs.topics import named, topics

SHARED = Path(__file__).parents[3] / "shared" / "data" / "messages"
SCHOOL = [
    ("孩子上学的问题", "孩子到了上小学的年龄，学校说学位满了，不让入学"),
    ("老师补课收费", "初中班主任周末在外面办辅导班，要求学生参加"),
    ("幼儿园太贵", "小区旁边的幼儿园每学期学费涨了很多"),
    ("高中招生", "请问今年高中录取的分数线怎么划"),
    ("教师待遇", "乡村教师的津贴几个月没有发了"),
]
WORK = [
    ("拖欠工资", "工地干了半年，老板不给工资，劳动合同也没有签"),
    ("养老金没有到账", "退休三个月了，养老金一直没有发下来"),
    ("工伤认定", "在厂里受了伤，单位不肯申请工伤"),
    ("失业金", "公司裁员以后怎么领失业保险金"),
    ("社保补缴", "以前单位少缴了两年社保，能不能补缴"),
]


def labelled() -> learning.Labelled:
    texts = [Message(*each) for each in SCHOOL + WORK]
    return learning.Labelled(tuple(texts), ("education",) * 5 + ("work",) * 5, {})


def test_it_learns_to_tell_two_topics_apart() -> None:
    learned = learning.learn(labelled())
    assert learned.topics == ("education", "work")
    asked = [Message("", "小学入学要什么材料"), Message("", "单位不签劳动合同，还欠工资")]
    assert learned.topics_of(asked) == ["education", "work"]
    assert learned.topics_of([]) == []


def test_what_was_learned_is_kept_and_found_again(tmp_path: Path) -> None:
    learned = learning.learn(labelled())
    learned.save(tmp_path / "models" / "messages.npz")
    again = messages.opened(tmp_path / "models" / "messages.npz")
    asked = [Message("学位", "孩子没有学校上"), Message("", "辞退")]
    assert (again.scores(asked) == learned.scores(asked)).all()


def test_a_message_that_says_nothing_is_in_doubt() -> None:
    learned = learning.learn(labelled())
    assert not learned.guess(Message("", "zzz")).sure
    assert learned.guess(Message("拖欠工资", "工地老板拖欠农民工工资，没有劳动合同")).sure


def test_learning_again_gives_the_same(tmp_path: Path) -> None:
    first, second = learning.learn(labelled()), learning.learn(labelled())
    assert first.features == second.features
    assert (first.weights == second.weights).all()


def test_a_message_is_judged_by_who_has_not_seen_it() -> None:
    # Ten messages that all read alike, half under each topic: who had seen them would know, who has not cannot.
    texts = tuple(Message("", f"第{number}号") for number in "一二三四五六七八九十")
    same = learning.Labelled(texts, ("education", "work") * 5, {})
    assert learning.cross_validated(same) < 0.9
    assert learning.cross_validated(labelled()) >= 0.79


def test_a_folder_is_read_and_what_is_no_message_is_passed_over(tmp_path: Path) -> None:
    rows = [f"{number},{a},{b},教育文体" for number, (a, b) in enumerate(SCHOOL)]
    rows += [f"{number},{a},{b},劳动和社会保障" for number, (a, b) in enumerate(WORK)] + ["9,题,文,外星事务"]
    (tmp_path / "a.csv").write_text(
        "留言编号,留言主题,留言详情,一级分类\n" + "\n".join(rows), encoding="utf-8-sig"
    )
    (tmp_path / "b.csv").write_text(
        "一级分类,二级分类,三级分类\n教育文体,考试招生,招生录取\n", encoding="utf-8"
    )
    (tmp_path / "c.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    found = learning.read(tmp_path)
    assert len(found.messages) == 10
    assert set(found.topics) == {"education", "work"}
    assert found.described == {"education": ("考试招生招生录取",)}
    (tmp_path / "empty").mkdir()
    with pytest.raises(learning.NothingToLearn):
        learning.read(tmp_path / "empty")


def test_topics_have_words_and_titles_of_their_own() -> None:
    assert len({each.title.zh for each in topics().values()}) == len(topics())
    assert all(len(each.words) >= 20 for each in topics().values())
    assert named("劳动和社会保障") == named("work") == "work"
    assert named("外星事务") is None


@pytest.mark.slow
def test_messages_of_the_folder_are_told_apart() -> None:
    if not SHARED.exists():
        pytest.skip(f"needs the folder of labelled messages: {SHARED} is not there")
    assert learning.cross_validated(learning.read(SHARED)) >= 0.82
