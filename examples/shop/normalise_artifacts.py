"""Copies dbt's artifacts from one folder to another without what differs between two equal runs.

    normalise_artifacts.py FROM TO

Replaced by constants: times and durations, invocation ids, thread names, absolute paths. Left out: the
definitions of dbt's own macros and doc blocks (four fifths of the manifest, and not about this project), and all
arguments in run_results.json but those that say what ran. Results are sorted by id (dbt appends them as its
threads finish), keys are sorted and lines broken, so that a change reads well in a diff. Everything else is
what dbt wrote.
"""

import json
import pathlib
import sys

BUILT = "2026-01-05T06:00:00.000000Z"
BUILD_ID = "5b0c5c1e-0d0f-4c7a-9d52-7a6c1f6f0001"
DOCS_ID = "5b0c5c1e-0d0f-4c7a-9d52-7a6c1f6f0002"

METADATA = {"generated_at": BUILT, "invocation_started_at": BUILT, "run_started_at": BUILT, "user_id": None}
NODE = {"created_at": 1767592800.0, "root_path": "."}
RESULT = {"execution_time": 0.0, "thread_id": "Thread-1 (worker)"}
TIMING = {"started_at": BUILT, "completed_at": BUILT}

KEPT_ARGS = {"exclude", "indirect_selection", "resource_types", "select", "vars", "which"}


def settle(document, constants):
    """Overwrites the keys that document has; a key dbt left out stays out."""
    document.update({key: value for key, value in constants.items() if key in document})


def manifest(document):
    settle(document["metadata"], METADATA | {"invocation_id": BUILD_ID})
    document["macros"] = {}
    document["docs"] = {}
    for node in document["nodes"].values():
        settle(node, NODE)


def run_results(document):
    settle(document["metadata"], METADATA | {"invocation_id": BUILD_ID})
    settle(document, {"elapsed_time": 0.0})
    document["args"] = {key: value for key, value in document["args"].items() if key in KEPT_ARGS}
    document["results"].sort(key=lambda result: result["unique_id"])
    for result in document["results"]:
        settle(result, RESULT)
        for timing in result["timing"]:
            settle(timing, TIMING)


def catalog(document):
    settle(document["metadata"], METADATA | {"invocation_id": DOCS_ID})


def main(source, target):
    for normalise in (manifest, run_results, catalog):
        name = normalise.__name__ + ".json"
        document = json.loads(pathlib.Path(source, name).read_text(encoding="utf-8"))
        normalise(document)
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        pathlib.Path(target, name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
