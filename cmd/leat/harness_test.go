package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
	"github.com/leat-dev/leat/runtime/duck"
)

// world is what the commands of one script share: its CRM, the place in the
// CRM's log that `mark` noted, and the folders that `snapshot` looked at.
type world struct {
	api       *loyaltyAPI // nil before `api start`
	crm       *sandbox.Server
	mark      int64
	snapshots map[string]map[string]string
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

type worldKey struct{}

// scriptCommands are the commands of scripts beside testscript's own. The CRM
// is asked directly, so that asking leaves no trace in its log.
var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"crm": crmCommand, "shop": shopCommand, "exits": exitsCommand, "fixture": fixtureCommand, "project": projectCommand, "masked": maskedCommand, "rendered": renderedCommand, "damage": damageCommand,
	"mark": markCommand, "traffic": trafficCommand, "record": recordCommand, "records": recordsCommand,
	"fault": faultCommand, "seed": seedCommand, "snapshot": snapshotCommand, "unchanged": unchangedCommand,
	"json": jsonCommand, "await": awaitCommand, "gate": gateCommand, "api": apiCommand,
}

// maskedCommand is `masked stdout|stderr`: the file "shown" becomes what the
// last command printed there, with the work folder as /project.
func maskedCommand(ts *testscript.TestScript, _ bool, args []string) {
	text := strings.ReplaceAll(ts.ReadFile(args[0]), ts.Getenv("WORK"), "/project")
	ts.Check(os.WriteFile(ts.MkAbs("shown"), []byte(text), 0o644))
}

// renderedCommand is `rendered`: the file "shown" becomes the text of the
// diagnostics of the last standard output, a document of --json, with the work
// folder as /project. Where the text has such a path, its lines would break
// elsewhere on every machine.
func renderedCommand(ts *testscript.TestScript, _ bool, _ []string) {
	type place struct {
		Filename   string
		Start, End hcl.Pos
	}
	var doc struct {
		Diagnostics []struct {
			Severity              diag.Severity
			Code, Summary, Detail string
			Range                 place
		}
	}
	text := strings.ReplaceAll(ts.ReadFile("stdout"), ts.Getenv("WORK"), "/project")
	ts.Check(json.Unmarshal([]byte(text), &doc))
	var ds diag.Diagnostics
	for _, d := range doc.Diagnostics {
		ds.Append(diag.Diagnostic{Severity: d.Severity, Code: diag.Code(d.Code), Summary: d.Summary, Detail: d.Detail,
			Range: diag.Range{Filename: d.Range.Filename, Start: d.Range.Start, End: d.Range.End}})
	}
	source := func(name string) []byte {
		text, _ := os.ReadFile(ts.MkAbs(name)) // without it there is no excerpt
		return bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	ts.Check(os.WriteFile(ts.MkAbs("shown"), []byte(view.Diagnostics(ds, source, view.Style{})), 0o644))
}

// damageCommand is `damage PATTERN`: every file of the pattern gets a byte more.
func damageCommand(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("no file is %s", args[0])
	}
	for _, name := range files {
		f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		ts.Check(err)
		_, err = f.Write([]byte{'x'})
		ts.Check(errors.Join(err, f.Close()))
	}
}

// markCommand is `mark`: traffic counts from here.
func markCommand(ts *testscript.TestScript, _ bool, _ []string) {
	w := worldOf(ts)
	w.mark = w.crm.Stats().LogSeq
}

// trafficCommand is `traffic WHAT=N...`: since the mark the CRM saw exactly so
// many. WHAT is requests (any), writes (records committed), created, archived
// or refused (records).
func trafficCommand(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	got := map[string]int{"requests": 0, "writes": 0, "created": 0, "archived": 0, "refused": 0}
	var lines []string
	for _, e := range w.crm.Log(w.mark) {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %v %v", e.Type, e.Op, e.Object, e.Key, e.Properties, e.Codes))
		switch {
		case e.Type == sandbox.LogRequest:
			got["requests"]++
		case e.Type == sandbox.LogRefuse:
			got["refused"]++
		case e.Type == sandbox.LogCommit && e.Op != "seed":
			got["writes"]++
			if e.Created {
				got["created"]++
			}
			if e.Op == "archive" {
				got["archived"]++
			}
		}
	}
	for _, arg := range args {
		what, text, _ := strings.Cut(arg, "=")
		want, err := strconv.Atoi(text)
		ts.Check(err)
		n, ok := got[what]
		if !ok {
			ts.Fatalf("traffic: there is no %q", what)
		}
		if (n == want) == neg {
			ts.Fatalf("%d %s since the mark, want %d:\n%s", n, what, want, strings.Join(lines, "\n"))
		}
	}
}

// recordCommand is `record OBJECT [id=$VAR|id>VAR] PROPERTY=VALUE...`: exactly
// one record has all the values (negated: none has). id=X wants that record id,
// id>VAR puts it into an environment variable.
func recordCommand(ts *testscript.TestScript, neg bool, args []string) {
	var found []sandbox.RecordState
	into := ""
	for _, r := range worldOf(ts).crm.State().Objects[args[0]].Records {
		ok := true
		for _, arg := range args[1:] {
			if name, is := strings.CutPrefix(arg, "id>"); is {
				into = name
				continue
			}
			property, value, _ := strings.Cut(arg, "=")
			if property == "id" {
				ok = ok && r.ID == value
			} else {
				ok = ok && r.Properties[property] == value
			}
		}
		if ok {
			found = append(found, r)
		}
	}
	want := 1
	if neg {
		want = 0
	}
	if len(found) != want {
		ts.Fatalf("%d records match, want %d; the CRM holds %v", len(found), want, worldOf(ts).crm.Contents()[args[0]])
	}
	if into != "" {
		ts.Setenv(into, found[0].ID)
	}
}

// recordsCommand is `records OBJECT N`: the CRM holds so many.
func recordsCommand(ts *testscript.TestScript, neg bool, args []string) {
	got := worldOf(ts).crm.Contents()[args[0]]
	if (fmt.Sprint(len(got)) == args[1]) == neg {
		ts.Fatalf("the CRM holds %d %s, want %s: %v", len(got), args[0], args[1], got)
	}
}

// faultCommand is `fault SPEC` or `fault off`.
func faultCommand(ts *testscript.TestScript, _ bool, args []string) {
	crm := worldOf(ts).crm
	if args[0] == "off" {
		crm.ClearFaults()
		return
	}
	f, err := sandbox.ParseFault(args[0])
	ts.Check(err)
	_, err = crm.AddFault(f)
	ts.Check(err)
}

// seedCommand is `seed OBJECT PROPERTY=VALUE...`: a record that existed before
// leat.
func seedCommand(ts *testscript.TestScript, _ bool, args []string) {
	row := map[string]string{}
	for _, arg := range args[1:] {
		property, value, _ := strings.Cut(arg, "=")
		row[property] = value
	}
	_, err := worldOf(ts).crm.Seed(args[0], []map[string]string{row})
	ts.Check(err)
}

// tree is every file below a folder with a digest of its content.
func tree(root string) (map[string]string, error) {
	out := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			out[path] = "folder"
			return err
		}
		text, err := os.ReadFile(path)
		out[path] = fmt.Sprintf("%x", sha256.Sum256(text))
		return err
	})
	return out, err
}

// snapshotCommand is `snapshot NAME`: it remembers every file of the script.
func snapshotCommand(ts *testscript.TestScript, _ bool, args []string) {
	files, err := tree(ts.Getenv("WORK"))
	ts.Check(err)
	worldOf(ts).snapshots[args[0]] = files
}

// unchangedCommand is `unchanged NAME`: no file came, went or changed since.
func unchangedCommand(ts *testscript.TestScript, neg bool, args []string) {
	before := worldOf(ts).snapshots[args[0]]
	after, err := tree(ts.Getenv("WORK"))
	ts.Check(err)
	if maps.Equal(before, after) != neg {
		return
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if before[path] != after[path] {
			ts.Logf("changed: %s", path)
		}
	}
	ts.Fatalf("the files since %s: unchanged is %v", args[0], neg)
}

// jsonCommand is `json PATH VALUE`: the value at a dotted path of the last
// standard output, which is one JSON document. Numbers select from lists.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	var doc any
	text := ts.ReadFile("stdout")
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	ts.Check(d.Decode(&doc))
	if d.More() {
		ts.Fatalf("more than one JSON document on standard output:\n%s", text)
	}
	at := doc
	for part := range strings.SplitSeq(args[0], ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[part]
		case []any:
			if part == "length" {
				at = len(v)
				continue
			}
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(v) {
				ts.Fatalf("json: no %s in\n%s", args[0], text)
			}
			at = v[i]
		default:
			at = nil
		}
	}
	if (fmt.Sprint(at) == args[1]) == neg {
		ts.Fatalf("json: %s is %v, want %s in\n%s", args[0], at, args[1], text)
	}
}

// awaitCommand is `await FILE`: it waits until a file is there.
func awaitCommand(ts *testscript.TestScript, _ bool, args []string) {
	for range 3000 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("there is no file %s after half a minute", args[0])
}

// duckHoldCommand is `duckhold FILE READY`: it opens a DuckDB file for writing,
// makes the file READY, and keeps the first open until READY is removed.
func duckHoldCommand() int {
	if err := duckHold(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func duckHold(file, ready string) error {
	ctx := context.Background()
	db, err := duck.Open(ctx, duck.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Exec(ctx, "attach "+duck.Literal(file)+" as held; create table held.holding (i integer)"); err != nil {
		return err
	}
	if err := os.WriteFile(ready, nil, 0o600); err != nil {
		return err
	}
	for range 6000 {
		if _, err := os.Stat(ready); err != nil {
			return db.Exec(ctx, "drop table held.holding")
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("%s was not removed in a minute", ready)
}

// duckAskCommand is `duckask FILE SQL`: it prints the rows of a query over a
// DuckDB file, attached as w, a line each, columns parted by |.
func duckAskCommand() int {
	text, err := duckAsk(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Print(text)
	return 0
}

// duckAsk runs a query; file is "" when it reads none.
func duckAsk(file, sql string) (text string, err error) {
	ctx := context.Background()
	db, err := duck.Open(ctx, duck.Options{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if file != "" {
		if err := db.AttachReadOnly(ctx, file, "w"); err != nil {
			return "", err
		}
	}
	rows, err := db.QueryRows(ctx, sql)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = "null"
			if t, ok := v.Reveal(); ok {
				cells[i] = t
			}
		}
		fmt.Fprintln(&b, strings.Join(cells, "|"))
	}
	return b.String(), nil
}

// gateCommand is `gate wait` or `gate release`: it waits until a batch that the
// CRM committed is held by a gate fault, or lets all go.
func gateCommand(ts *testscript.TestScript, _ bool, args []string) {
	crm := worldOf(ts).crm
	if args[0] == "release" {
		crm.ClearFaults()
		crm.Release(0)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if len(crm.Held(ctx, 1)) == 0 {
		ts.Fatalf("no batch was held for a minute")
	}
}
