package diff

import (
	"strconv"
)

// Tables made while committing.
const (
	Outcomes = "outcomes" // outcome_row, outcome, outcome_dest, resent, class, code, field, text, transient
	Answered = "answered" // rows of the change set with what became of them
	Fresh    = "fresh"    // new rows of state, in the layout of a segment read
)

// Committing is what the step from outcomes to state depends on.
type Committing struct {
	*Spec
	Retired  []Column // fields no longer mapped, whose values are kept
	Segments []Segment
	Path     func(Segment) string // quoted path of a segment
	Now      string               // quoted timestamp
	// Live tells where the records of the activations are that fields look up,
	// by name.
	Live map[string]Live
}

// MakeAnswered joins a change set with its outcomes. Rows without a lasting
// outcome are left out: nothing is known of them that was not known before.
// changeSet is the quoted path.
func (c *Committing) MakeAnswered(changeSet string) []string {
	act := "SELECT * FROM " + c.Resolved(changeSet, func(field int) string {
		l := c.Fields[field].Lookup
		return Referred(changeSet, field, l.Records(c.Live[l.Activation]))
	}) + " c LEFT JOIN " + Outcomes + " o ON c.\"row\" = o.outcome_row WHERE c.op >= 20 OR o.outcome IN (1, 2, 3, 4, 5, 6, 8, 9)"
	same := c.sameID("a", "m")
	return []string{
		"CREATE OR REPLACE TEMP VIEW act AS " + act,
		// The old record of a changed key: an id's second row, in phase 0.
		"CREATE OR REPLACE TABLE replaced AS SELECT " + list(len(c.ID), func(i int) string { return "a.i" + strconv.Itoa(i) }) +
			"a.outcome NOT IN (6, 8) AS cleared FROM act a SEMI JOIN act m ON " + same + " AND a.phase = 0 AND m.phase = 2",
		"CREATE OR REPLACE TABLE " + Answered + " AS SELECT a.*, coalesce(m.cleared, false) AS cleared FROM act a LEFT JOIN replaced m ON " + same +
			" WHERE NOT (a.phase = 0 AND m.cleared IS NOT NULL)",
	}
}

func (c *Committing) sameID(a, b string) string {
	return each(len(c.ID), " AND ", func(i int) string { n := strconv.Itoa(i); return a + ".i" + n + " = " + b + ".i" + n })
}

// layout is the mapped fields followed by the retired ones.
func (c *Committing) layout() Layout {
	return Layout{c.ID, c.Key, append(c.Columns(), c.Retired...)}
}

// MakePriorRows fetches the live rows of the answered ids.
func (c *Committing) MakePriorRows() string {
	l := c.layout()
	return "CREATE OR REPLACE TABLE " + Priors + " AS SELECT * FROM (" + l.Live(c.Segments, c.Path) + ") p SEMI JOIN " + Answered + " a ON " + c.sameID("p", "a")
}

// MakeFresh applies docs/formats/state.md, "From outcome to state".
func (c *Committing) MakeFresh() string {
	first := "a.op = 8"
	if len(c.Key) > 0 {
		first = "(a.op IN (1, 2, 3, 8) AND a.p0 IS NULL)"
	}
	facts := "SELECT a.*, a.op IN (1, 2, 3, 4, 8) AND coalesce(a.outcome, 0) IN (1, 2, 3) AS ok, " + first + " AS first, " +
		"a.op IN (5, 6) AND a.outcome IN (1, 2, 3, 4, 9) OR a.op = 7 AND a.outcome = 4 OR a.op = 22 AS gone, a.op = 7 AND a.outcome IN (1, 2, 3, 9) AS emptied, " +
		"p.synced_at IS NOT NULL AND NOT a.cleared AS keep, p.dest AS p_dest, p.origin AS p_origin, p.status AS p_status, p.synced_at AS p_synced, p.attempts AS p_attempts, p.first_refused AS p_first, " +
		list(len(c.Key), func(i int) string { n := strconv.Itoa(i); return "p.k" + n + " AS pk" + n }) +
		list(len(c.Fields)+len(c.Retired), func(i int) string {
			n := strconv.Itoa(i)
			return "p.b" + n + " AS pb" + n + ", coalesce(p.w" + n + ", false) AS pw" + n
		}) +
		"a.outcome = 6 AS refused FROM " + Answered + " a LEFT JOIN " + Priors + " p ON " + c.sameID("a", "p")
	write, remove := c.payloadDigest("'write'", "k", "f"), c.removals("cause IN (7, 8)", "k", "f")
	q := "CREATE OR REPLACE TABLE " + Fresh + " AS SELECT " + list(len(c.ID), col("i")) +
		list(len(c.Key), func(i int) string {
			n := strconv.Itoa(i)
			return "CASE WHEN ok THEN k" + n + " WHEN keep THEN pk" + n + " END AS k" + n
		})
	for i := range len(c.Fields) + len(c.Retired) {
		n := strconv.Itoa(i)
		sentNow, valueNow := "s"+n, "f"+n
		if i >= len(c.Fields) {
			sentNow, valueNow = "false", "NULL"
		}
		q += "CASE WHEN emptied THEN NULL WHEN ok AND " + sentNow + " THEN " + valueNow + " WHEN ok AND first OR NOT keep THEN NULL ELSE pb" + n + " END AS b" + n + ", " +
			"CASE WHEN emptied THEN false WHEN ok AND " + sentNow + " THEN true WHEN ok AND first OR NOT keep THEN false ELSE pw" + n + " END AS w" + n + ", "
	}
	q += "CASE WHEN ok THEN coalesce(nullif(outcome_dest, ''), CASE WHEN NOT first THEN p_dest END) WHEN keep THEN p_dest END AS dest, " +
		"CASE WHEN ok AND outcome = 1 THEN 1 WHEN ok AND first THEN CASE WHEN resent THEN 0 ELSE 2 END WHEN keep THEN coalesce(p_origin, 0) ELSE 0 END::UTINYINT AS origin, " +
		"CASE WHEN ok OR op = 21 THEN 0 WHEN op = 23 OR emptied AND cause IN (7, 8) THEN 6 WHEN emptied OR op = 20 THEN 7 WHEN outcome = 4 THEN 3 WHEN outcome = 5 THEN 4 WHEN outcome = 6 THEN 1 WHEN outcome = 8 THEN 2 ELSE coalesce(p_status, 0) END::UTINYINT AS status, " +
		"CASE WHEN NOT ok AND op < 20 AND outcome IN (4, 6, 8) THEN CASE WHEN phase = 0 THEN " + remove + " ELSE " + write + " END END AS refused_digest, " +
		"CASE WHEN refused THEN class END AS refused_class, CASE WHEN refused THEN code END AS refused_code, CASE WHEN refused THEN field END AS refused_field, " +
		"CASE WHEN refused THEN text END AS refused_text, CASE WHEN refused THEN transient END AS refused_transient, " +
		"CASE WHEN refused THEN coalesce(p_attempts, 0) + 1 ELSE 0 END::INTEGER AS attempts, " +
		"CASE WHEN refused THEN coalesce(p_first, " + c.Now + "::TIMESTAMP) END AS first_refused, CASE WHEN refused THEN " + c.Now + "::TIMESTAMP END AS last_refused, " +
		"CASE WHEN ok OR emptied THEN " + c.Now + "::TIMESTAMP WHEN keep THEN p_synced END AS synced_at, coalesce(gone, false) AS gone"
	return q + " FROM (" + facts + ") CROSS JOIN " + PayloadKeys
}

// SegmentOf selects rows, read in the layout, in the columns of a segment.
func (c *Committing) SegmentOf(rows string, salt int64) string {
	l := c.layout()
	q := "SELECT " + c.keyHash(salt, each(len(l.ID), ", ", col("i"))) + " AS kh, " + list(len(l.ID), col("i")) +
		list(len(l.Key), func(i int) string { return "k" + strconv.Itoa(i) + " AS " + ident("k:"+l.Key[i].Name) }) +
		list(len(l.Fields), func(i int) string {
			n := strconv.Itoa(i)
			return "b" + n + " AS " + ident("f:"+l.Fields[i].Name)
		}) + sentMarks(len(l.Fields))
	for i, b := range bookkeeping {
		if i > 0 {
			q += ", "
		}
		q += b.Name
	}
	return q + " FROM (" + rows + ")"
}

// NewSegment describes the segment that SegmentOf writes.
func (c *Committing) NewSegment(file string, serial, rows int64, engine string, salt int64) Segment {
	l := c.layout()
	return Segment{File: file, Serial: serial, Rows: rows, Hashed: c.IDTag(engine, salt), ID: l.ID, Key: l.Key, Fields: l.Fields}
}

// AllLive reads the live rows of the segments and the fresh rows together.
func (c *Committing) AllLive() string {
	l := c.layout()
	if len(c.Segments) == 0 {
		return "SELECT *, 0::UINTEGER AS seg FROM " + Fresh + " WHERE NOT gone"
	}
	return "SELECT * FROM (" + l.Live(c.Segments, c.Path) + ") p ANTI JOIN " + Fresh + " f ON " + c.sameID("p", "f") +
		" UNION ALL BY NAME SELECT *, 0::UINTEGER AS seg FROM " + Fresh + " WHERE NOT gone"
}

// MakeNextIndex updates the index by the fresh rows alone.
func (c *Committing) MakeNextIndex(salt, serial int64) []string {
	ids := c.keyHash(salt, each(len(c.ID), ", ", col("i")))
	next := "CREATE OR REPLACE TABLE idx_next AS SELECT " + IndexColumns + " FROM " + IndexRows + " WHERE kh NOT IN (SELECT " + ids + " FROM " + Fresh +
		") UNION ALL SELECT " + IndexColumns + " FROM (" + c.IndexOf("SELECT *, "+strconv.FormatInt(serial, 10)+"::UINTEGER AS seg FROM "+Fresh+" WHERE NOT gone", salt) + ")"
	return []string{next, ShowIndex("idx_next")}
}
