#!/usr/bin/env bash
# Plays the shop from start to end: plan, apply, a day passes, plan, apply, no changes. It works on a copy of this
# folder, against a sandbox of its own, and leaves nothing behind. `make demo` builds what it needs and runs it.
#   LEAT       the leat to run (default: bin/leat of this repository)
#   WAREHOUSE  the program of ./warehouse (default: bin/shop-warehouse of this repository)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$here/../../bin
leat=$(realpath "${LEAT:-$bin/leat}")
warehouse=$(realpath "${WAREHOUSE:-$bin/shop-warehouse}")
for program in "$leat" "$warehouse"; do
  [ -x "$program" ] || { echo "$program is missing; run \`make demo\` in the root of the repository" >&2; exit 1; }
done

work=$(mktemp -d)
sandbox=
cleanup() {
  if [ -n "$sandbox" ]; then
    kill "$sandbox" 2>/dev/null || true
    wait "$sandbox" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bold= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
chapter=0
chapter() {
  chapter=$((chapter + 1))
  printf '\n%s== %d. %s ==%s\n\n' "$bold" "$chapter" "$1" "$plain"
}
show() { printf '%s$ %s%s\n' "$bold" "$*" "$plain"; }
run() {
  show leat "$@"
  "$leat" "$@"
}

mkdir "$work/shop"
cp -R "$here"/{dbt_project.yml,profiles.yml,leat.hcl,leat_schemas,activations,models,seeds,target} "$work/shop"
cd "$work/shop"
unset SHOP_DUCKDB DBT_TARGET DBT_PROFILES_DIR

chapter "A dbt project, and a CRM to send its rows to"
"$warehouse" -o shop.duckdb
echo "shop.duckdb is built: 100 customers, 99 orders, 5 companies."
"$leat" sandbox --listen 127.0.0.1:0 --json >"$work/sandbox.json" 2>"$work/sandbox.err" &
sandbox=$!
url=
for _ in $(seq 150); do
  url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$work/sandbox.json")
  [ -z "$url" ] || break
  kill -0 "$sandbox" 2>/dev/null || break
  sleep 0.1
done
[ -n "$url" ] || { echo "the sandbox did not start:" >&2; cat "$work/sandbox.err" >&2; exit 1; }
echo "A sandbox with the shape of HubSpot listens on $url."
echo
show cat activations/contacts.leat.hcl
cat activations/contacts.leat.hcl
export HUBSPOT_BASE_URL=$url HUBSPOT_TOKEN=demo

chapter "Is it right? Checked against dbt and the CRM's schema, offline"
run validate

chapter "What would happen?"
run plan --samples 1

chapter "Do it"
show leat apply --auto-approve
echo "(the plan again, left out here)"
"$leat" apply --auto-approve | sed -n '/^activation\..*: /,$p'

chapter "A day passes, and dbt builds again"
echo "Customer 1 has married and ordered again, customer 101 is new, 2 is gone."
echo
"$warehouse" -seeds "$here/seeds_next" -o shop.duckdb
run plan --samples 2 -o day2.leatplan

chapter "Apply exactly that plan"
run apply day2.leatplan

chapter "And now?"
run plan

chapter "Your turn"
cat <<'T'
In one terminal:

  bin/leat sandbox

In another:

  export PATH=$PWD/bin:$PATH; cd examples/shop
  export HUBSPOT_BASE_URL=http://127.0.0.1:8765 HUBSPOT_TOKEN=demo
  shop-warehouse                      build shop.duckdb
  leat models customers               what can be sent, with types and proofs
  leat validate                       misspell a name in activations/ first
  leat plan, leat apply               and see http://127.0.0.1:8765 in a browser
  shop-warehouse -seeds seeds_next    a day passes
  leat state list                     what the destinations have acknowledged

docs/tutorial.md goes from an empty folder to a first apply.
T
