package postgres

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/leat-dev/leat/plugins/sdk"
)

// refusals maps SQLSTATE codes, or their first two characters, to why a row is
// refused. Source: appendix A of the PostgreSQL manual.
var refusals = map[string]sdk.Rejection{
	"23505": {Class: sdk.Conflict},
	"23P01": {Class: sdk.Conflict},
	"23503": {Class: sdk.Conflict, Transient: true}, // the parent row may come, the child row go
	"23001": {Class: sdk.Conflict, Transient: true},
	"23502": {Class: sdk.MissingRequired},
	"22004": {Class: sdk.MissingRequired}, // null not allowed, raised by functions
	"23":    {Class: sdk.InvalidValue},
	"22":    {Class: sdk.InvalidValue},
	"21000": {Class: sdk.Conflict}, // two rows of one statement hit one record
	"44":    {Class: sdk.InvalidValue},
	"54":    {Class: sdk.TooLarge}, // such as a key too long for its index
	"428C9": {Class: sdk.ReadOnly}, // generated column
}

// faultClasses are the SQLSTATE classes that speak of the statement, the
// server or the connection. What is in neither table was raised by a trigger
// or a function about the row.
var faultClasses = map[string]bool{
	"00": true, "01": true, "02": true, "03": true, "08": true, "0A": true, "0B": true, "0L": true, "0P": true, "0Z": true,
	"20": true, "24": true, "25": true, "26": true, "28": true, "2B": true, "2D": true, "2F": true, "34": true, "38": true, "39": true,
	"3B": true, "3D": true, "3F": true, "40": true, "42": true, "53": true, "55": true, "57": true, "58": true, "72": true,
	"F0": true, "HV": true, "XX": true,
}

// notStored is the refusal of a row that a trigger or a rule left out without
// an error.
var notStored = sdk.Rejection{Class: sdk.OtherReason, Code: "02000", Text: "a trigger or a rule of the table kept the row out"}

// refusalOf reads a refusal of a row from a server error; false when the error
// is not about a row.
func refusalOf(pg *pgconn.PgError, t *table) (sdk.Rejection, bool) {
	if len(pg.Code) != 5 {
		return sdk.Rejection{}, false
	}
	r, ok := refusals[pg.Code]
	if !ok {
		r, ok = refusals[pg.Code[:2]]
	}
	switch {
	case pg.Code == "42501" && pg.Routine == "ExecWithCheckOptions": // row security, not the table's grants
		r, ok = sdk.Rejection{Class: sdk.Permission}, true
	case !ok && !faultClasses[pg.Code[:2]]:
		r, ok = sdk.Rejection{Class: sdk.OtherReason}, true
	}
	r.Code, r.Text = pg.Code, strings.TrimSpace(pg.Message+" "+pg.Detail)
	if _, known := t.columns[pg.ColumnName]; known { // RAISE may put anything there
		r.Field = pg.ColumnName
	} else if columns := t.constraints[pg.ConstraintName]; len(columns) == 1 {
		r.Field = columns[0]
	}
	return r, ok
}

// blame finds the column whose value the server cannot take, where its error
// did not say: the first whose cast fails, or which is too long.
func (s *statement) blame(ctx context.Context, tx pgx.Tx, row int, code string) (string, error) {
	if !strings.HasPrefix(code, "22") && !strings.HasPrefix(code, "23") {
		return "", nil
	}
	sp, err := tx.Begin(ctx)
	if err != nil {
		return "", err
	}
	var batch pgx.Batch
	var asked []string
	for _, v := range s.cols {
		if v.Null(row) {
			continue
		}
		c := s.table.columns[v.Name]
		if text := v.Text(row); c.max > 0 && utf8.RuneCountInString(strings.TrimRight(text, " ")) > c.max {
			return v.Name, sp.Rollback(ctx)
		}
		batch.Queue("select ("+c.from("$1::text", v.Type, c.typ)+") is null", v.Text(row))
		asked = append(asked, v.Name)
	}
	results := sp.SendBatch(ctx, &batch)
	field := ""
	for _, name := range asked {
		if _, err := results.Exec(); err != nil {
			var pg *pgconn.PgError
			if errors.As(err, &pg) {
				field = name
			}
			break
		}
	}
	_ = results.Close() // repeats the error that was the question
	return field, sp.Rollback(ctx)
}
