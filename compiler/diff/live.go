package diff

import (
	"slices"
	"strconv"
	"strings"
)

// bookkeeping are the columns of a segment that do not depend on the mapping.
var bookkeeping = []Column{{"dest", "VARCHAR"}, {"origin", "UTINYINT"}, {"status", "UTINYINT"}, {"refused_digest", "VARCHAR"},
	{"refused_class", "VARCHAR"}, {"refused_code", "VARCHAR"}, {"refused_field", "VARCHAR"}, {"refused_text", "VARCHAR"},
	{"refused_transient", "BOOLEAN"}, {"attempts", "INTEGER"}, {"first_refused", "TIMESTAMP"}, {"last_refused", "TIMESTAMP"},
	{"synced_at", "TIMESTAMP"}, {"gone", "BOOLEAN"}}

// decisive are the bookkeeping columns that a verdict looks at.
var decisive = slices.DeleteFunc(slices.Clone(bookkeeping), func(c Column) bool {
	return slices.Contains([]string{"refused_text", "attempts", "first_refused", "last_refused"}, c.Name)
})

// acknowledged: the row continues a record that the destination holds, as far
// as leat knows: synced, rejected, unknown, held or blocked after a success.
const acknowledged = "(synced_at IS NOT NULL AND status IN (0, 1, 2, 5, 6))"

// Layout is the columns in which state rows are read: today's, whatever the
// segments have.
type Layout struct{ ID, Key, Fields []Column }

// Layout returns the columns the activation reads state in.
func (s *Spec) Layout() Layout { return Layout{s.ID, s.Key, s.Columns()} }

// SegmentRows reads one segment as i*, k*, b* (value or null when never
// sent), w* (was sent), the bookkeeping columns and seg, tombstones included.
// path yields the quoted path of a segment's file.
func (l Layout) SegmentRows(seg Segment, path func(Segment) string) string {
	return "SELECT " + l.segmentColumns(seg, bookkeeping, false) + " FROM read_parquet(" + path(seg) + ")"
}

// segmentColumns selects the columns of a segment; packed leaves the marks of
// what was sent together, as m0, m1 and so on.
func (l Layout) segmentColumns(seg Segment, bookkeeping []Column, packed bool) string {
	q, marks := "", []string{}
	for i, c := range l.ID {
		q += segmentID(i, seg, c) + " AS i" + strconv.Itoa(i) + ", "
	}
	for i, c := range l.Key {
		q += seg.column(seg.Key, "k:", c) + " AS k" + strconv.Itoa(i) + ", "
	}
	for i, c := range l.Fields {
		sent := "false"
		if j := slices.IndexFunc(seg.Fields, func(f Column) bool { return f.Name == c.Name }); j >= 0 {
			sent = "(" + sentColumn(j) + " >> " + strconv.Itoa(j%sentBits) + ") & 1 = 1"
		}
		q += seg.column(seg.Fields, "f:", c) + " AS b" + strconv.Itoa(i) + ", "
		if !packed {
			q += sent + " AS w" + strconv.Itoa(i) + ", "
		}
		marks = append(marks, sent)
	}
	if packed {
		same := slices.EqualFunc(l.Fields, seg.Fields, func(a, b Column) bool { return a.Name == b.Name })
		for from := 0; from < len(marks); from += sentBits {
			column := sentColumn(from)
			if !same {
				column = pack(marks[from:min(from+sentBits, len(marks))])
			}
			q += column + " AS m" + strconv.Itoa(from/sentBits) + ", "
		}
	}
	for _, c := range bookkeeping {
		q += c.Name + ", "
	}
	return q + strconv.FormatInt(seg.Serial, 10) + "::UINTEGER AS seg"
}

// sentBits is how many fields one column of marks covers: the bits of a BIGINT
// but its sign. One column of marks is read much faster than one a field.
const sentBits = 62

// sentColumn is the column with the mark of field i of a segment, and of its
// neighbours.
func sentColumn(i int) string { return "sent" + strconv.Itoa(i/sentBits) }

// sentMarks packs w* of n fields into columns of marks.
func sentMarks(n int) string {
	q := ""
	for from := 0; from < n; from += sentBits {
		marks := make([]string, min(sentBits, n-from))
		for i := range marks {
			marks[i] = "w" + strconv.Itoa(from+i)
		}
		q += pack(marks) + " AS " + sentColumn(from) + ", "
	}
	return q
}

// pack makes one number of up to sentBits truth values.
func pack(marks []string) string {
	return each(len(marks), " + ", func(i int) string {
		return "CASE WHEN " + marks[i] + " THEN " + strconv.FormatInt(1<<i, 10) + "::BIGINT ELSE 0 END"
	})
}

// marked is whether field i is marked in the columns m* of a table.
func marked(table string, i int) string {
	return "coalesce((" + table + ".m" + strconv.Itoa(i/sentBits) + " >> " + strconv.Itoa(i%sentBits) + ") & 1 = 1, false)"
}

func segmentID(i int, seg Segment, c Column) string {
	return convert("i"+strconv.Itoa(i), seg.ID[i], c)
}

func (s *Segment) column(have []Column, prefix string, want Column) string {
	for _, c := range have {
		if c.Name == want.Name {
			return convert(ident(s.stored(prefix+c.Name)), c, want)
		}
	}
	d, _ := DuckType(want.Type)
	return "NULL::" + d
}

func convert(sql string, from, to Column) string {
	a, _ := DuckType(from.Type)
	b, _ := DuckType(to.Type)
	if a == b {
		return sql
	}
	return "TRY_CAST(" + sql + " AS " + b + ")"
}

// Live reads the live rows of all segments.
func (l Layout) Live(segments []Segment, path func(Segment) string) string {
	if len(segments) == 0 {
		return l.empty()
	}
	parts := make([]string, len(segments))
	for i, s := range segments {
		parts[i] = l.SegmentRows(s, path)
	}
	q := "SELECT * FROM (" + strings.Join(parts, " UNION ALL ") + ")"
	if len(segments) > 1 {
		q += " QUALIFY row_number() OVER (PARTITION BY " + each(len(l.ID), ", ", col("i")) + " ORDER BY seg DESC) = 1"
	}
	return "SELECT * FROM (" + q + ") WHERE NOT gone"
}

// empty is Live without rows.
func (l Layout) empty() string {
	q := "SELECT "
	typed := func(prefix string, cs []Column) {
		for i, c := range cs {
			d, _ := DuckType(c.Type)
			q += "NULL::" + d + " AS " + prefix + strconv.Itoa(i) + ", "
		}
	}
	typed("i", l.ID)
	typed("k", l.Key)
	typed("b", l.Fields)
	q += list(len(l.Fields), func(i int) string { return "false AS w" + strconv.Itoa(i) })
	for _, c := range bookkeeping {
		q += "NULL::" + c.Type + " AS " + c.Name + ", "
	}
	return q + "NULL::UINTEGER AS seg WHERE false"
}

// LostIDs counts live rows whose id does not fit today's types.
func (l Layout) LostIDs(live string) string {
	return "SELECT count(*) FROM (" + live + ") WHERE NOT " + notNull(len(l.ID), "i")
}

// IndexColumns are the columns of an index file, in order.
const IndexColumns = "kh, hk, rh, seg, status"

// IndexOf computes index rows from live rows.
func (s *Spec) IndexOf(live string, salt int64) string {
	return "SELECT " + s.hashes(salt, "b", acknowledged+" AND "+notNull(len(s.Key), "k")) + ", seg, status FROM (" + live + ")"
}

// ShowIndex makes IndexRows, which is always a view, show a table or a query.
func ShowIndex(from string) string {
	return "CREATE OR REPLACE VIEW " + IndexRows + " AS SELECT " + IndexColumns + " FROM " + from
}

// KeysShared counts key hashes that several live rows have.
func KeysShared() string {
	return "SELECT count(hk) - count(DISTINCT hk) FROM " + IndexRows
}

// NoIndex is an index without rows.
func NoIndex() string {
	return "SELECT NULL::UBIGINT AS kh, NULL::UBIGINT AS hk, NULL::UBIGINT AS rh, NULL::UINTEGER AS seg, NULL::UTINYINT AS status WHERE false"
}

// IndexCollisions counts hashes that several live rows share.
func IndexCollisions() string {
	return "SELECT count(*) - count(DISTINCT kh) FROM " + IndexRows
}

// MakePriors fetches the live rows named by a table with columns kh and seg:
// the segment of each is known, so that no row is compared with another. A
// segment whose own hashes of ids were made with tag is searched by them; kh of
// what was found is always computed from the ids themselves.
func (s *Spec) MakePriors(table, wanted string, segments []Segment, path func(Segment) string, salt int64, tag string) string {
	l := s.Layout()
	q := "CREATE OR REPLACE TABLE " + table + " AS "
	if len(segments) == 0 {
		q += "SELECT NULL::UBIGINT AS kh, *"
		for from := 0; from < len(l.Fields); from += sentBits {
			q += ", 0::BIGINT AS m" + strconv.Itoa(from/sentBits)
		}
		return q + " FROM (" + l.empty() + ")"
	}
	for i, seg := range segments {
		if i > 0 {
			q += " UNION ALL "
		}
		// The rows are picked first: only theirs are worth the work on columns.
		ids := each(len(s.ID), ", ", func(i int) string { return segmentID(i, seg, s.ID[i]) })
		kh, rows := "kh", "SELECT "+s.keyHash(salt, ids)+" AS kh, * FROM "
		if seg.Hashed != "" && seg.Hashed == tag {
			kh, rows = s.keyHash(salt, ids)+" AS kh", "FROM "
		}
		q += "SELECT " + kh + ", " + l.segmentColumns(seg, decisive, true) + " FROM (" + rows + "read_parquet(" + path(seg) + ")) s WHERE s.kh IN (SELECT kh FROM (" +
			wanted + ") WHERE seg = " + strconv.FormatInt(seg.Serial, 10) + ") AND NOT gone"
	}
	return q
}

// CheckPriors is missingPriors, and the number of pairs of source and state rows
// that share a hash but not an id.
func (s *Spec) CheckPriors() string {
	return "SELECT (" + missingPriors + "), (SELECT count(*) FROM " + Wide + " w JOIN " + Priors + " p ON w.kh = p.kh WHERE " +
		each(len(s.ID), " OR ", func(i int) string { n := strconv.Itoa(i); return "w.i" + n + " IS DISTINCT FROM p.i" + n }) + ")"
}

// missingPriors compares the number of rows found in the segments with those
// the index promised: anything but 0 means the index, or the hashes of ids
// beside the rows, are not of these rows.
const missingPriors = "SELECT (SELECT count(*) FROM " + Candidate + " WHERE known) - (SELECT count(*) FROM " + Priors + " SEMI JOIN " + Candidate + " USING (kh))"

// DropFalseHolders removes from Holder pairs whose keys share a hash only.
func (s *Spec) DropFalseHolders() string {
	return "DELETE FROM " + Holder + " h WHERE NOT EXISTS (SELECT 1 FROM " + HolderRow + " o, " + Wide + " w WHERE o.kh = h.other AND w.kh = h.kh AND " +
		each(len(s.Key), " AND ", func(i int) string { n := strconv.Itoa(i); return "o.k" + n + " IS NOT DISTINCT FROM w.k" + n }) + ")"
}
