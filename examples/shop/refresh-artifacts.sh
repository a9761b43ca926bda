#!/usr/bin/env bash
# Runs real dbt on a copy of this project and writes its artifacts, normalised, to target/ (or to the folder
# given as the first argument). Two runs write the same bytes: see normalise_artifacts.py.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/target}
mkdir -p "$out"
out=$(cd "$out" && pwd)
venv=$("$here/../../.ci/dbt-venv")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here"/{dbt_project.yml,profiles.yml,models,seeds} "$work"
cd "$work"

# Artifacts record DBT_* variables and flags; only these may be set.
unset $(compgen -e DBT_ || true)
export DBT_SEND_ANONYMOUS_USAGE_STATS=false SHOP_DUCKDB=shop.duckdb
dbt() { "$venv/bin/dbt" --quiet --no-use-colors "$@"; }
dbt build
cp target/manifest.json target/run_results.json "$work"
dbt docs generate                      # writes the catalog, and overwrites the other two
cp "$work/manifest.json" "$work/run_results.json" target

"$venv/bin/python" "$here/normalise_artifacts.py" target "$out"
