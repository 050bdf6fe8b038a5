"""What we export as BPMN 2.0 is valid against the standard's schema, and another engine ends where we end.

SpiffWorkflow runs the exported file beside our own moves, over the same made-up events.
"""

import io
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator
from SpiffWorkflow.bpmn.specs.defaults import EndEvent

import huimin_policies
from huimin import rules
from huimin.cases import bpmn, chart, paths, plan

BOOK = rules.load(Path(huimin_policies.__path__[0]))
POLICIES = [policy for policy in BOOK.policies if policy.steps]
PATHS = list(paths.in_force(date(2026, 7, 1)).values())
MOST_MOVES = 12
LONG_AGO = "2000-01-01T00:00:00+00:00"


def exported(found: chart.Chart, language: str = "zh") -> bytes:
    return bpmn.document(found, language, {})


def steps_of(policy) -> tuple[plan.Joint, ...]:
    return plan.joint({policy.name: policy.steps})


@cache
def engine_of(document: bytes, name: str) -> tuple:
    parser = BpmnParser(validator=BpmnValidator())
    # What the standard leaves to each engine is how a term is written; this one reads it as Python.
    text = (
        document.decode()
        .replace('tFormalExpression">P', 'tFormalExpression">"P')
        .replace("D</bpmn:timeDuration>", 'D"</bpmn:timeDuration>')
    )
    parser.add_bpmn_io(io.BytesIO(text.encode()))
    return (parser.get_spec(name),)


def begun(document: bytes, name: str) -> BpmnWorkflow:
    workflow = BpmnWorkflow(*engine_of(document, name))
    workflow.do_engine_steps()
    return workflow


def ready(workflow: BpmnWorkflow) -> dict:
    return {task.task_spec.bpmn_id: task for task in workflow.get_tasks(state=TaskState.READY, manual=True)}


def ended(workflow: BpmnWorkflow) -> list[str]:
    return [
        task.task_spec.bpmn_id
        for task in workflow.get_tasks(state=TaskState.COMPLETED)
        if isinstance(task.task_spec, EndEvent)
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [*(policy.version for policy in POLICIES), *(path.name for path in PATHS)])
def test_every_process_is_valid_bpmn(name: str, language: str) -> None:
    path = next((path for path in PATHS if path.name == name), None)
    policy = next((policy for policy in POLICIES if policy.version == name), None)
    found = chart.of_path(path) if path else chart.of_steps(policy.name, policy.title, steps_of(policy))
    BpmnValidator().validate(etree.fromstring(exported(found, language)))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.version)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_steps_open_and_end_as_in_another_engine(policy, data) -> None:
    steps = steps_of(policy)
    workflow = begun(exported(chart.of_steps(policy.name, policy.title, steps)), policy.name)
    after = {step.key: step.after for step in steps}
    states = {step.key: "waiting" for step in steps}
    while True:
        states |= dict.fromkeys(plan.startable(states, after), "open")
        is_open = sorted(key for key, state in states.items() if state == "open")
        tasks = ready(workflow)
        assert sorted(tasks) == sorted(chart.task_key(key) for key in is_open)
        if not is_open:
            break
        key = data.draw(st.sampled_from(is_open))
        states[key] = "done"
        tasks[chart.task_key(key)].run()
        workflow.do_engine_steps()
    assert set(states.values()) == {"done"}
    assert workflow.completed
    assert ended(workflow) == ["done"]


@pytest.mark.parametrize("definition", PATHS, ids=lambda path: path.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_path_ends_as_in_another_engine(definition: paths.Definition, data) -> None:
    workflow = begun(exported(chart.of_path(definition)), definition.name)
    here = definition.first
    for _ in range(MOST_MOVES):
        if here in definition.ends:
            break
        task = definition.tasks[here]
        assert list(ready(workflow)) == [chart.task_key(here)]
        event = data.draw(st.sampled_from([*task.moves, *(["overdue"] if task.overdue else [])]))
        if event == "overdue":
            here = task.overdue
            [term] = [
                each for each in workflow.get_tasks(state=TaskState.WAITING) if each.task_spec.bpmn_id.startswith("term_")
            ]  # fmt: skip
            term.internal_data["event_value"] = LONG_AGO
            workflow.refresh_timers()
        else:
            here = paths.moved(definition, here, event)
            [waiting] = ready(workflow).values()
            waiting.data["move"] = event
            waiting.run()
        workflow.do_engine_steps()
    assert workflow.completed == (here in definition.ends)
    if here in definition.ends:
        assert ended(workflow) == [f"end_{here}"]
