package postgres

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/plugins/sdk"
)

// inputName is the i-th column of texts a statement takes, as s.
func inputName(i int) string { return "s.v" + strconv.Itoa(i) }

// input is the set of rows a statement takes. Parameter 1 holds the rows'
// ordinals, every other is an array of texts.
func input(columns int) string {
	names, params := []string{"o"}, []string{"$1::bigint[]"}
	for i := range columns {
		names = append(names, "v"+strconv.Itoa(i))
		params = append(params, "$"+strconv.Itoa(i+2)+"::text[]")
	}
	return fmt.Sprintf("unnest(%s) as s(%s)", strings.Join(params, ", "), strings.Join(names, ", "))
}

// texts is the arguments of input for some rows of the columns.
func texts(cols []sdk.Values, rows []int) []any {
	ordinals := make([]int64, len(rows))
	for i, row := range rows {
		ordinals[i] = int64(row)
	}
	args := []any{ordinals}
	for _, v := range cols {
		column := make([]*string, len(rows))
		for i, row := range rows {
			if !v.Null(row) {
				s := v.Text(row)
				column[i] = &s
			}
		}
		args = append(args, column)
	}
	return args
}

// statement is an operation on rows that send the same fields.
type statement struct {
	table *table
	op    sdk.Op
	keys  int          // the first of cols
	cols  []sdk.Values // what it takes
	names []string     // of cols, quoted
}

// newStatement refuses a column the table does not have: it was dropped since
// the mapping was compiled.
func newStatement(t *table, b *sdk.Batch, fields []int) (*statement, error) {
	s := &statement{table: t, op: b.Op, keys: len(b.Key), cols: append([]sdk.Values{}, b.Key...)}
	for _, f := range fields {
		s.cols = append(s.cols, b.Fields[f])
	}
	for _, v := range s.cols {
		if _, ok := t.columns[v.Name]; !ok {
			return nil, &sdk.Fault{Class: sdk.FaultSchema, Code: "42703"} // undefined column
		}
		s.names = append(s.names, ident(v.Name))
	}
	return s, nil
}

// sql returns the statement's text. It gives (ordinal, created) for each row
// it touched; a null ordinal is a stored row for which the batch has none with
// that key, or several. single is for one row, which needs no key to be told
// apart.
func (s *statement) sql(single bool) (string, error) {
	switch s.op {
	case sdk.Send, sdk.Create:
		return s.upsert(single), nil
	case sdk.Append:
		if len(s.cols) == 0 {
			return "insert into " + s.table.name + " default values returning ($1::bigint[])[1], true", nil
		}
		return fmt.Sprintf("with src as materialized (select * from %s), done as (%s returning 1) select s.o, true from src s, (select count(*) from done) d",
			input(len(s.cols)), s.insert()), nil
	case sdk.Update, sdk.Clear:
		return s.update(), nil
	case sdk.Delete:
		return fmt.Sprintf("delete from %s t using %s where %s returning s.o, false", s.table.name, input(len(s.cols)), s.match("t")), nil
	default:
		return "", &sdk.Fault{Class: sdk.FaultInternal, Code: "operation not offered"}
	}
}

func (s *statement) match(alias string) string {
	parts := make([]string, s.keys)
	for i := range s.keys {
		parts[i] = fmt.Sprintf("%s.%s = %s", alias, s.names[i], s.table.cast(i, s.cols[i]))
	}
	return strings.Join(parts, " and ")
}

func (s *statement) update() string {
	in := input(len(s.cols))
	if len(s.cols) == s.keys {
		return fmt.Sprintf("select s.o, false from %s t join %s on %s", s.table.name, in, s.match("t"))
	}
	var sets []string
	for i := s.keys; i < len(s.cols); i++ {
		value := "null"
		if s.op == sdk.Update {
			value = s.table.cast(i, s.cols[i])
		}
		sets = append(sets, s.names[i]+" = "+value)
	}
	return fmt.Sprintf("update %s t set %s from %s where %s returning s.o, false", s.table.name, strings.Join(sets, ", "), in, s.match("t"))
}

func (s *statement) insert() string {
	values := make([]string, len(s.cols))
	for i, v := range s.cols {
		values[i] = s.table.cast(i, v)
	}
	return fmt.Sprintf("insert into %s as t (%s) select %s from src s", s.table.name, strings.Join(s.names, ", "), strings.Join(values, ", "))
}

// upsert returns rows through a join on the key, since RETURNING of an insert
// cannot name its source. Two rows that join one stored row cannot be told
// apart. xmax is 0 in a row version that an insert made; a partitioned table
// does not tell it, so there created is what the statement's snapshot lacked.
func (s *statement) upsert(single bool) string {
	keys := s.names[:s.keys]
	action := "nothing"
	if s.op == sdk.Send {
		var sets []string
		for _, n := range s.names[s.keys:] {
			sets = append(sets, n+" = excluded."+n)
		}
		if len(sets) == 0 {
			sets = []string{keys[0] + " = excluded." + keys[0]} // so that RETURNING gives the row
		}
		action = "update set " + strings.Join(sets, ", ")
	}
	on := s.match("d")
	if single {
		on = "true"
	}
	var returning, same []string
	for _, k := range keys {
		returning = append(returning, "t."+k)
		same = append(same, fmt.Sprintf("x.%s = d.%s", k, k))
	}
	created := "d.leat_created"
	if s.table.partitioned {
		created = fmt.Sprintf("not exists (select 1 from %s x where %s)", s.table.name, strings.Join(same, " and "))
	} else {
		returning = append(returning, "(t.xmax = 0) as leat_created")
	}
	return fmt.Sprintf("with src as materialized (select * from %s), done as (%s on conflict (%s) do %s returning %s) "+
		"select case when count(*) over (partition by d.leat_n) = 1 then s.o end, %s "+
		"from (select *, row_number() over () as leat_n from done) d left join src s on %s",
		input(len(s.cols)), s.insert(), strings.Join(keys, ", "), action, strings.Join(returning, ", "), created, on)
}
