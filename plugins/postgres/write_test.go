package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/leat-dev/leat/plugins/sdk"
)

func TestOperations(t *testing.T) {
	d := newDatabase(t, "leat_operations", "create table people (id int primary key, name text, score numeric(10,2) default 7)")
	s := d.session(t, "people", "id: int", "name: string; score: decimal(10,2)")
	for _, c := range []struct {
		name  string
		op    sdk.Op
		rows  []row
		want  string
		after []string
	}{
		{"update of nothing", sdk.Update, []row{{"1", "a", "1"}}, "absent", nil},
		{"delete of nothing", sdk.Delete, []row{{"1", unsent, unsent}}, "absent", nil},
		{"upsert creates", sdk.Send, []row{{"1", "a", "1"}, {"2", "b", "2.5"}}, "created, created", []string{"1|a|1.00", "2|b|2.50"}},
		{"upsert updates and creates", sdk.Send, []row{{"2", "c", "3"}, {"3", "d", "4"}}, "updated, created", []string{"1|a|1.00", "2|c|3.00", "3|d|4.00"}},
		{"what is not sent stays", sdk.Send, []row{{"2", unsent, "9"}, {"3", "e", unsent}, {"1", unsent, unsent}}, "updated, updated, updated",
			[]string{"1|a|1.00", "2|c|9.00", "3|e|4.00"}},
		{"what is not sent gets its default", sdk.Send, []row{{"4", "f", unsent}, {"5", unsent, null}}, "created, created",
			[]string{"1|a|1.00", "2|c|9.00", "3|e|4.00", "4|f|7.00", "5|NULL|NULL"}},
		{"create", sdk.Create, []row{{"4", "x", "1"}, {"6", "g", "1"}, {"6", "h", "1"}}, "exists, created, exists",
			[]string{"1|a|1.00", "2|c|9.00", "3|e|4.00", "4|f|7.00", "5|NULL|NULL", "6|g|1.00"}},
		{"update", sdk.Update, []row{{"6", "i", unsent}, {"7", "x", "1"}, {"5", unsent, unsent}}, "updated, absent, updated",
			[]string{"1|a|1.00", "2|c|9.00", "3|e|4.00", "4|f|7.00", "5|NULL|NULL", "6|i|1.00"}},
		{"clear", sdk.Clear, []row{{"6", "kept out", unsent}, {"4", unsent, null}, {"8", null, null}}, "updated, updated, absent",
			[]string{"1|a|1.00", "2|c|9.00", "3|e|4.00", "4|f|NULL", "5|NULL|NULL", "6|NULL|1.00"}},
		{"delete", sdk.Delete, []row{{"1", unsent, unsent}, {"9", unsent, unsent}, {"2", unsent, unsent}, {"3", unsent, unsent}, {"4", unsent, unsent}},
			"removed, absent, removed, removed, removed", []string{"5|NULL|NULL", "6|NULL|1.00"}},
		{"two rows with one key", sdk.Send, []row{{"5", "first", "1"}, {"7", "j", "1"}, {"5", "last", unsent}}, "updated, created, updated",
			[]string{"5|last|1.00", "6|NULL|1.00", "7|j|1.00"}},
		{"two updates with one key", sdk.Update, []row{{"7", "k", "1"}, {"8", "x", "1"}, {"7", "k", "1"}}, "updated, absent, updated",
			[]string{"5|last|1.00", "6|NULL|1.00", "7|k|1.00"}},
		{"archive is not offered", sdk.Archive, []row{{"7", unsent, unsent}}, "retry, fault internal",
			[]string{"5|last|1.00", "6|NULL|1.00", "7|k|1.00"}},
	} {
		if ok := t.Run(c.name, func(t *testing.T) {
			wantOutcome(t, s.write(t, c.op, c.rows...), c.want)
			d.want(t, "select id, name, score from people order by id", c.after...)
		}); !ok {
			return
		}
	}
}

func TestAppend(t *testing.T) {
	d := newDatabase(t, "leat_append", "create table events (id bigint generated always as identity, kind text default 'none', n int check (n > 0))")
	s := d.session(t, "events", "", "kind: string; n: int")
	wantOutcome(t, s.write(t, sdk.Append, row{"a", "1"}, row{"a", "1"}, row{"b", "0"}, row{unsent, unsent}, row{unsent, unsent}, row{null, "2"}),
		"created, created, rejected INVALID_VALUE 23514 n, created, created, created")
	d.want(t, "select kind, n from events order by n nulls last, kind", "a|1", "a|1", "NULL|2", "none|NULL", "none|NULL")
}

// TestBadRows sends one bad row of each kind amid good ones.
func TestBadRows(t *testing.T) {
	d := newDatabase(t, "leat_bad_rows",
		"create type mood as enum ('sad', 'ok')",
		"create domain percent as int check (value between 0 and 100)",
		"create domain short as varchar(3)",
		"create table teams (id int primary key)", "insert into teams values (1)",
		`create table people (id int primary key, name varchar(5), fixed char(2), required text not null default '', email text unique, team int references teams,
			mood mood, amount numeric(5,2), small smallint, pct percent, short short, born date, doc jsonb, a int, b int, flag bit(2), code uuid,
			constraint a_below_b check (a < b), unique (a, b))`,
		"create unique index on people (lower(name)) where flag is not null",
		`create function grumble() returns trigger language plpgsql as $$ begin
			if new.email = 'raise' then raise exception 'no % here', new.email; end if;
			if new.email = 'custom' then raise exception 'no' using errcode = 'LE001', column = 'email'; end if;
			if new.email = 'lie' then raise exception 'no' using column = new.email || 's'; end if;
			if new.email = 'drop' then return null; end if;
			return new; end $$`,
		"create trigger grumble before insert or update on people for each row execute function grumble()",
		"insert into people (id, email) values (99, 'taken')")
	for _, c := range []struct {
		name, column, value, want string
	}{
		{"too long", "name: string", "abcdef", "INVALID_VALUE 22001 name"},
		{"too long in characters, not bytes", "name: string", "äöüäöü", "INVALID_VALUE 22001 name"},
		{"too long for char", "fixed: string", "abc", "INVALID_VALUE 22001 fixed"},
		{"too long for a domain", "short: string", "abcd", "INVALID_VALUE 22001 short"},
		{"wrong length of bits", "flag: unknown", "101", "INVALID_VALUE 22026"},
		{"null", "required: string", null, "MISSING_REQUIRED 23502 required"},
		{"taken by another row", "email: string", "taken", "CONFLICT 23505 email"},
		{"no such parent", "team: int", "2", "CONFLICT 23503 team"},
		{"not in the enum", "mood: string", "great", "INVALID_VALUE 22P02 mood"},
		{"numeric overflow", "amount: decimal(10,2)", "1000.00", "INVALID_VALUE 22003 amount"},
		{"integer overflow", "small: int", "40000", "INVALID_VALUE 22003 small"},
		{"outside the domain", "pct: int", "101", "INVALID_VALUE 23514 pct"},
		{"no date", "born: unknown", "2020-02-30", "INVALID_VALUE 22008 born"},
		{"no document", "doc: string", "{", "INVALID_VALUE 22P02 doc"},
		{"no uuid", "code: string", "x", "INVALID_VALUE 22P02 code"},
		{"zero byte", "email: string", "a\x00b", "INVALID_VALUE 22021 email"},
		{"raised by a trigger", "email: string", "raise", "OTHER P0001"},
		{"raised with a code", "email: string", "custom", "OTHER LE001 email"},
		{"raised with a value as column", "email: string", "lie", "OTHER P0001"},
		{"left out by a trigger", "email: string", "drop", "OTHER 02000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.exec(t, "delete from people where id < 99")
			s := d.session(t, "people", "id: int", c.column+"; a: int; b: int")
			var rows []row
			var want []string
			for i := range 9 {
				r, w := row{fmt.Sprint(i), unsent, fmt.Sprint(i), fmt.Sprint(100)}, "created"
				if i == 4 {
					r[1], w = c.value, "rejected "+c.want
				}
				rows, want = append(rows, r), append(want, w)
			}
			wantOutcome(t, s.write(t, sdk.Send, rows...), strings.Join(want, ", "))
			d.want(t, "select count(*), bool_or(id = 4) from people where id < 99", "8|f")
		})
	}
	t.Run("several bad rows", func(t *testing.T) {
		d.exec(t, "delete from people where id < 99")
		s := d.session(t, "people", "id: int", "name: string; a: int; b: int")
		wantOutcome(t, s.write(t, sdk.Send, row{"1", "abcdef", "1", "2"}, row{"2", "b", "1", "2"}, row{"3", "c", "1", "2"}, row{"4", "d", "5", "2"}, row{"5", "e", unsent, unsent}),
			"rejected INVALID_VALUE 22001 name, created, rejected CONFLICT 23505, rejected INVALID_VALUE 23514, created")
		d.want(t, "select id from people order by id", "2", "5", "99")
		wantOutcome(t, s.write(t, sdk.Update, row{"5", "toolong", unsent, unsent}, row{"2", "ok", unsent, unsent}), "rejected INVALID_VALUE 22001 name, updated")
		wantOutcome(t, s.write(t, sdk.Clear, row{"2", unsent, null, unsent}), "updated")
		d.want(t, "select id, name, a, b from people where id < 99 order by id", "2|ok|NULL|2", "5|e|NULL|NULL")
	})
	t.Run("a parent cannot go", func(t *testing.T) {
		d.exec(t, "insert into teams values (7), (8)", "insert into people (id, team) values (50, 7)")
		s := d.session(t, "teams", "id: int", "")
		out := s.write(t, sdk.Delete, row{"7"}, row{"8"})
		wantOutcome(t, out, "rejected CONFLICT 23503, removed")
		if !out.GetRejections()[0].GetTransient() {
			t.Error("the child may go: the refusal may pass")
		}
	})
}

// TestDeferred: a constraint that is checked at COMMIT costs the whole batch;
// the host halves it.
func TestDeferred(t *testing.T) {
	d := newDatabase(t, "leat_deferred", "create table teams (id int primary key)", "insert into teams values (1)",
		"create table people (id int primary key, team int references teams deferrable initially deferred)")
	s := d.session(t, "people", "id: int", "team: int")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "1"}, row{"2", "2"}), "retry, retry, fault invalid_batch")
	d.want(t, "select * from people")
	wantOutcome(t, s.write(t, sdk.Send, row{"2", "2"}), "rejected CONFLICT 23503 team")
	d.want(t, "select * from people")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "1"}), "created")
}

func TestValues(t *testing.T) {
	d := newDatabase(t, "leat_values", "create type mood as enum ('sad', 'o\"k', 'größe')", "create domain raw as bytea",
		"create domain word as varchar(9)",
		`create table v (id int primary key, x_bool bool, x_int bigint, x_dec numeric, x_dec2 numeric(38,10), x_float float8, x_text text, x_char char(5), x_bytes bytea, x_raw raw,
			x_date date, x_time time, x_ts timestamp, x_tz timestamptz, x_uuid uuid, x_json json, x_jsonb jsonb, x_ints int[], x_texts varchar(9)[], x_mood mood, x_word word, x_inet inet)`)
	for _, c := range []struct{ column, typ, value, stored string }{
		{"x_bool", "bool", "true", "true"},
		{"x_int", "int", "-9223372036854775808", "-9223372036854775808"},
		{"x_dec", "decimal", "12345678901234567890123456789012345678901234567890.0123456789", "12345678901234567890123456789012345678901234567890.0123456789"},
		{"x_dec2", "decimal(38,10)", "9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999"},
		{"x_float", "float", "0.1", "0.1"},
		{"x_float", "float", "1e+300", "1e+300"},
		{"x_float", "float", "NaN", "NaN"},
		{"x_float", "float", "-Inf", "-Infinity"},
		{"x_text", "string", "", ""},
		{"x_text", "string", "NULL ", "NULL "},
		{"x_text", "string", "a'b\"c\\d\n\t{}, é 👋", "a'b\"c\\d\n\t{}, é 👋"},
		{"x_text", "string", "'); drop table v; --", "'); drop table v; --"},
		{"x_char", "string", "ab", "ab"},
		{"x_bytes", "bytes", "AAEC/w==", `\x000102ff`},
		{"x_raw", "bytes", "AAEC/w==", `\x000102ff`},
		{"x_date", "date", "2024-02-29", "2024-02-29"},
		{"x_time", "time", "10:20:30.123456", "10:20:30.123456"},
		{"x_ts", "timestamp", "2024-03-31T02:30:00.123456", "2024-03-31 02:30:00.123456"},
		{"x_tz", "timestamptz", "2024-03-31T02:30:00.250Z", "2024-03-31 02:30:00.25+00"},
		{"x_uuid", "uuid", "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000a"},
		{"x_json", "json", `{"a": [1, "é"]}`, `{"a": [1, "é"]}`},
		{"x_jsonb", "json", `{"b":1.50}`, `{"b": 1.50}`},
		{"x_ints", "unknown", "{1,NULL,3}", "{1,NULL,3}"},
		{"x_ints", "list(int)", "[1,null,3]", "{1,NULL,3}"},
		{"x_ints", "list(int)", "[]", "{}"},
		{"x_texts", "list(string)", `["a,b","\"c\"",""]`, `{"a,b","\"c\"",""}`},
		{"x_mood", "string", "o\"k", "o\"k"},
		{"x_mood", `enum("sad", "größe")`, "größe", "größe"},
		{"x_word", "string", "ninechars", "ninechars"},
		{"x_inet", "string", "10.0.0.1", "10.0.0.1/32"},
	} {
		t.Run(c.column+" "+c.typ+" "+c.value, func(t *testing.T) {
			d.exec(t, "truncate v")
			s := d.session(t, "v", "id: int", c.column+": "+c.typ)
			wantOutcome(t, s.write(t, sdk.Send, row{"1", c.value}, row{"2", null}), "created, created")
			d.want(t, "select "+c.column+"::text from v order by id", c.stored, "NULL")
			wantOutcome(t, s.write(t, sdk.Update, row{"2", c.value}, row{"1", null}), "updated, updated")
			d.want(t, "select "+c.column+"::text from v order by id", "NULL", c.stored)
		})
	}
}

// TestKeys proves that rows are told apart by keys of many types, also where
// the server stores a key otherwise than it was sent.
func TestKeys(t *testing.T) {
	const odd = `O'Re"illy; ß`
	d := newDatabase(t, "leat keys", "create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
		"create table composite (a text, b int, n int, primary key (b, a))",
		`create table "`+strings.ReplaceAll(odd, `"`, `""`)+`" ("select" int primary key, "Ünï ""q""" text, "t" text, "o" int)`,
		"create table nocase (email text collate nocase primary key, n int)",
		"create table price (p numeric(10,2) primary key, n int)",
		"create table at (t timestamptz(0) primary key, n int)",
		"create table fixed (c char(6) primary key, n int)",
		"create table bytes (b bytea primary key, n int)",
		"create table part (id int primary key, n int) partition by range (id)", "create table part_1 partition of part for values from (0) to (10)",
		"create table lowered (email text primary key, n int)",
		"create function lower_email() returns trigger language plpgsql as $$ begin new.email = lower(new.email); return new; end $$",
		"create trigger lower_email before insert on lowered for each row execute function lower_email()")
	for _, c := range []struct {
		object, key, field string
		first, second      []string
		other              []string // a second row
	}{
		{"composite", "a: string; b: int", "n", []string{"x", "1"}, []string{"x", "1"}, []string{"x", "2"}},
		{"composite", "b: int; a: string", "n", []string{"1", "y"}, []string{"1", "y"}, []string{"2", "y"}},
		{odd, "select: int", "o", []string{"1"}, []string{"1"}, []string{"2"}},
		{"nocase", "email: string", "n", []string{"A@x"}, []string{"a@X"}, []string{"b@x"}},
		{"price", "p: decimal(10,3)", "n", []string{"1.005"}, []string{"1.01"}, []string{"2"}},
		{"at", "t: timestamptz", "n", []string{"2024-01-01T00:00:00.4Z"}, []string{"2024-01-01T00:00:00Z"}, []string{"2024-01-01T00:00:01Z"}},
		{"fixed", "c: string", "n", []string{"a"}, []string{"a  "}, []string{"b"}},
		{"bytes", "b: bytes", "n", []string{"AAE="}, []string{"AAE="}, []string{"AAI="}},
		{"part", "id: int", "n", []string{"1"}, []string{"1"}, []string{"2"}},
		{"lowered", "email: string", "n", []string{"A@x"}, []string{"a@x"}, []string{"B@x"}},
	} {
		t.Run(c.object+" "+c.key, func(t *testing.T) {
			s := d.session(t, c.object, c.key, c.field+": int")
			with := func(key []string, n string) row { return append(append(row{}, key...), n) }
			wantOutcome(t, s.write(t, sdk.Send, with(c.first, "1"), with(c.other, "2")), "created, created")
			wantOutcome(t, s.write(t, sdk.Send, with(c.second, "3"), with(c.other, "4")), "updated, updated")
			wantOutcome(t, s.write(t, sdk.Create, with(c.first, "9")), "exists")
			wantOutcome(t, s.write(t, sdk.Update, with(c.second, "5")), "updated")
			wantOutcome(t, s.write(t, sdk.Delete, with(c.second, unsent)), "removed")
			wantOutcome(t, s.write(t, sdk.Create, with(c.second, "9"), with(c.second, "9")), "created, exists")
		})
	}
	d.want(t, `select "select", "o" from "`+strings.ReplaceAll(odd, `"`, `""`)+`" order by 1`, "1|9", "2|4")
}

func TestGeneratedColumnIsRefused(t *testing.T) {
	d := newDatabase(t, "leat_generated", "create table g (id int primary key, n int, twice int generated always as (n * 2) stored)")
	s := d.session(t, "g", "id: int", "twice: int")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "4"}), "rejected READ_ONLY 428C9")
}

func TestRowSecurity(t *testing.T) {
	d := newDatabase(t, "leat_security", "create table r (id int primary key, n int)", "alter table r enable row level security",
		"create policy few on r using (n < 5)", "drop role if exists leat_limited", "create role leat_limited login",
		"grant usage on schema leat_security to leat_limited", "grant select, insert, update on r to leat_limited")
	t.Cleanup(func() { _, _ = d.conn.Exec(context.Background(), "drop owned by leat_limited; drop role leat_limited") })
	limited := *d
	limited.dsn = as(t, d.dsn, "leat_limited", "")
	s := limited.session(t, "r", "id: int", "n: int")
	wantOutcome(t, s.write(t, sdk.Send, row{"1", "1"}, row{"2", "9"}, row{"3", "3"}), "created, rejected PERMISSION 42501, created")
	wantOutcome(t, s.write(t, sdk.Delete, row{"1", unsent}), "retry, fault auth")
	d.want(t, "select id from r order by id", "1", "3")
}
