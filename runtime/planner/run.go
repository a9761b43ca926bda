//go:build duckdb_arrow

package planner

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/duck"
	"github.com/leat-dev/leat/runtime/state"
	"github.com/leat-dev/leat/runtime/warehouse"
)

// maxAttempts bounds how often an activation is compared anew because two ids
// shared a hash or the index was not of the rows.
const maxAttempts = 8

// run makes the verdicts.
func (o *one) run(ctx context.Context) (diag.Diagnostics, error) {
	o.progress("read", 0)
	ds, err := o.attach(ctx)
	if err != nil || ds.HasErrors() {
		return ds, err
	}
	if ds, err := o.targets(ctx); err != nil || ds.HasErrors() {
		return ds, err
	}
	if ds, err := o.neighbours(ctx); err != nil || ds.HasErrors() {
		return ds, err
	}
	if err := o.keys(ctx); err != nil {
		return nil, err
	}
	if o.r.weaken != nil && o.head != nil {
		o.distrust() // it was made with the other hash
		o.head.Index = nil
	}
	if o.salt, ds, err = o.loadIndex(ctx); err != nil || ds.HasErrors() {
		return ds, err
	}
	var warnings diag.Diagnostics
	for range maxAttempts {
		again, ds, err := o.compare(ctx)
		if err != nil || ds.HasErrors() {
			return ds, err
		}
		warnings = ds
		if !again {
			o.progress("decide", o.doc.Counts.SourceRows)
			return warnings, o.decide(ctx)
		}
	}
	return nil, fmt.Errorf("internal error: state and source cannot be told apart after %d attempts", maxAttempts)
}

// decide finds out what the verdicts depend on.
func (o *one) decide(ctx context.Context) error {
	n, err := o.db.QueryInts(ctx, diff.CountSpecial())
	if err != nil {
		return err
	}
	o.verdicts = diff.Verdicts{Spec: o.spec, Digests: n[0] > 0, Unknown: n[1] > 0, Taken: n[2] > 0, Filtered: n[3] > 0}
	return nil
}

// attach opens the warehouse and holds the activation against its live
// columns.
func (o *one) attach(ctx context.Context) (diag.Diagnostics, error) {
	ds, err := o.r.Source.Attach(ctx, o.db)
	if err != nil || ds.HasErrors() || o.removal != nil {
		return ds, err
	}
	if ds, err := o.columns(ctx, &o.a.Source, o.a.Range); err != nil || ds.HasErrors() || o.a.Consent == nil {
		return ds, err
	}
	if ds, err := o.columns(ctx, &o.a.Consent.Source, o.a.Consent.Range); err != nil || ds.HasErrors() {
		return ds, err
	}
	return o.consents(ctx)
}

// columns holds what the activation reads of a relation against the columns
// that it has. at is where the activation names it.
func (o *one) columns(ctx context.Context, src *ir.Source, at diag.Range) (diag.Diagnostics, error) {
	cols, ds, err := o.r.Source.Columns(ctx, o.db, src.Relation, src.Name)
	if err != nil || ds.HasErrors() {
		for i := range ds {
			ds[i].Range = at
		}
		return ds, err
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	var missing diag.Diagnostics
	for _, want := range src.Columns {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, want) }) {
			missing.Append(diag.New(diag.SourceColumnMissing, at, "The table of %s in the warehouse has no column %q, which %s uses.%s Build the model again, or correct the expression.",
				src.Name, want, o.a.Address(), diag.DidYouMean(want, names)).WithSummary("no column %q in the warehouse table of %s", want, src.Name))
		}
	}
	return missing, nil
}

// beside are the other activations on the object.
func (o *one) beside() []*ir.Activation {
	all := o.r.Neighbours
	if all == nil {
		all = o.r.Activations
	}
	var out []*ir.Activation
	for i := range all {
		if diff.Beside(o.a, &all[i]) {
			out = append(out, &all[i])
		}
	}
	return out
}

// neighbours reads the keys of the other activations on the object.
func (o *one) neighbours(ctx context.Context) (diag.Diagnostics, error) {
	var specs []*diff.Spec
	var overlaps []bool
	for i, b := range o.beside() {
		spec := diff.FromActivation(b)
		if spec.Blocks() {
			spec = spec.WithConsentTable(diff.Consents + "_" + strconv.Itoa(i))
			if err := o.db.Exec(ctx, spec.MakeConsents()); err != nil {
				return explainAt(err, b.Consent.Source.Name, b.Consent.Range)
			}
		}
		specs = append(specs, spec)
		overlaps = append(overlaps, slices.Contains(o.a.Overlaps, b.Name))
	}
	if len(specs) == 0 {
		return nil, nil
	}
	o.spec = o.spec.WithNeighbours()
	if err := o.db.Exec(ctx, diff.MakeNeighbour(specs, overlaps)); err != nil {
		_, ds, err := o.source(err)
		return ds, err
	}
	return nil, nil
}

// keys hands the engine the keys of payload digests, as data.
func (o *one) keys(ctx context.Context) error {
	if err := o.db.Exec(ctx, "CREATE TABLE "+diff.PayloadKeys+" (inner_key VARCHAR, outer_key VARCHAR)"); err != nil {
		return err
	}
	if o.head == nil {
		return o.db.Exec(ctx, "INSERT INTO "+diff.PayloadKeys+" VALUES ('', '')")
	}
	inner, outer := o.r.State.PayloadKeys()
	return o.db.Exec(ctx, "INSERT INTO "+diff.PayloadKeys+" VALUES (?, ?)", inner, outer)
}

func (o *one) segments() []diff.Segment {
	if o.head == nil {
		return nil
	}
	return o.head.Segments
}

func (o *one) loadIndex(ctx context.Context) (int64, diag.Diagnostics, error) {
	if o.r.State == nil {
		return 0, nil, o.db.Exec(ctx, "CREATE OR REPLACE TABLE "+diff.IndexRows+" AS "+diff.NoIndex())
	}
	return o.r.State.LoadIndex(ctx, o.db, o.spec, o.head)
}

// salted starts over with the next salt after two ids shared a hash.
func (o *one) salted(ctx context.Context, salt int64) (bool, diag.Diagnostics, error) {
	if o.head == nil {
		o.salt = salt
		return true, nil, nil
	}
	o.distrust()
	var ds diag.Diagnostics
	var err error
	o.salt, ds, err = o.r.State.RebuildIndex(ctx, o.db, o.spec, o.head, salt)
	return true, ds, err
}

// distrust makes this plan compute the hashes of ids of all rows of state.
func (o *one) distrust() {
	for i := range o.head.Segments {
		o.head.Segments[i].Hashed = ""
	}
}

// source turns an engine error while reading the source into a diagnostic.
func (o *one) source(err error) (bool, diag.Diagnostics, error) {
	ds, err := explainAt(err, o.a.Source.Name, o.a.Range)
	return false, ds, err
}

func explainAt(err error, about string, at diag.Range) (diag.Diagnostics, error) {
	ds, err := warehouse.Explain(err, about)
	for i := range ds {
		ds[i].Range = at
	}
	return ds, err
}

// compare makes the tables of candidates and their values. again says that it
// has to be done anew.
func (o *one) compare(ctx context.Context) (again bool, ds diag.Diagnostics, err error) {
	done, ds, err := o.onePass(ctx)
	if err != nil || ds.HasErrors() {
		return false, ds, err
	}
	if !done {
		if again, ds, err = o.twoPasses(ctx); again || err != nil || ds.HasErrors() {
			return again, ds, err
		}
	}
	o.progress("compare", o.doc.Counts.SourceRows)
	var warnings diag.Diagnostics
	if o.doc.RemovalsHeld != "" && o.head != nil {
		warnings.Append(diag.New(diag.RemovalsSuspended, o.a.Range,
			"Rows without an id are among those that %s admits, so that no record is removed in this plan. Fix the model, or exclude such rows in `where`.", o.a.Address()))
	}
	if again, ds, err = o.priors(ctx); again || err != nil || ds.HasErrors() {
		return again, ds, err
	}
	if err := o.freeze(ctx); err != nil {
		return false, nil, err
	}
	if err := o.db.Exec(ctx, o.spec.MakeOut(o.salt)); err != nil {
		return o.source(err)
	}
	makeHolders := o.spec.MakeHolders()
	if done {
		makeHolders = o.spec.HoldersOfShared()
	}
	ds, err = o.holders(ctx, makeHolders)
	return false, append(warnings, ds...), err
}

// onePassRows is how many live rows of state one pass over the source may be
// held against: the join keeps them in memory, at some 54 bytes each, and
// spilling would take the source's rows along.
const onePassRows = 4_000_000

// onePass reads the source once. It is done unless an id or a key seems to
// occur twice: then two passes find out which rows those are.
//
// That no id occurs twice follows from counting: a row of state met by two
// rows of the source makes more pairs than rows of state that were met. Rows
// that met none are candidates, and are looked at. For keys: unchanged rows
// have the keys that state has for them, which are known to differ.
func (o *one) onePass(ctx context.Context) (done bool, ds diag.Diagnostics, err error) {
	// The tables of two passes tell of single rows; and rows that are held
	// or blocked, which may be most, need not be kept with their values.
	if o.r.Explain || o.spec.Holds() || o.spec.Blocks() {
		return false, nil, nil
	}
	if o.head != nil && (o.head.Live() > onePassRows || o.head.Index == nil || o.head.Index.KeysShared > 0) {
		return false, nil, nil
	}
	if err := o.db.Exec(ctx, o.spec.MakeCandidatesWide(o.salt)); err != nil {
		if rebuilt, ds, err2 := o.mendIndex(ctx); !rebuilt || err2 != nil || ds.HasErrors() {
			if err2 != nil || ds.HasErrors() {
				return false, ds, err2
			}
			return o.source(err)
		}
		return false, nil, nil
	}
	n, err := o.db.QueryInts(ctx, o.spec.CountWide())
	if err != nil {
		return false, nil, err
	}
	here, pairs, out := n[0], n[1], n[2]
	rows, err := o.db.QueryInts(ctx, o.spec.CountSource())
	if err != nil {
		return o.source(err)
	}
	held, err := o.db.QueryInts(ctx, "SELECT count(*) FROM "+diff.IndexRows)
	if err != nil {
		return false, nil, err
	}
	if n[3] > 0 || n[4] > 0 || rows[0]-here+pairs != held[0]-out {
		return false, nil, nil
	}
	if err := o.db.Exec(ctx, o.spec.MakeShared()); err != nil {
		return false, nil, err
	}
	shared, err := o.db.QueryInts(ctx, o.spec.CountSharedKeys())
	if err != nil || shared[0] > 0 {
		return false, nil, err
	}
	if err := o.countRows(ctx, o.spec.CountWideBad(), rows[0]); err != nil {
		return false, nil, err
	}
	for _, q := range o.spec.SplitWide(o.doc.RemovalsHeld == "") {
		if err := o.db.Exec(ctx, q); err != nil {
			return false, nil, err
		}
	}
	return true, nil, nil
}

// mendIndex makes the index from the values when it came from a file, which
// may be damaged inside.
func (o *one) mendIndex(ctx context.Context) (rebuilt bool, ds diag.Diagnostics, err error) {
	if o.head == nil || o.head.Index == nil || o.head.Index.File == "" {
		return false, nil, nil
	}
	o.salt, ds, err = o.r.State.RebuildIndex(ctx, o.db, o.spec, o.head, o.salt)
	return true, ds, err
}

// twoPasses reads the source for hashes, and again for the values of rows that
// may change. It finds duplicates exactly, and needs less memory.
func (o *one) twoPasses(ctx context.Context) (again bool, ds diag.Diagnostics, err error) {
	for _, q := range []string{"DROP VIEW IF EXISTS " + diff.Wide, "DROP TABLE IF EXISTS " + diff.Candidate} {
		if err := o.db.Exec(ctx, q); err != nil {
			return false, nil, err
		}
	}
	if err := o.db.Exec(ctx, o.spec.MakeScan(o.salt)); err != nil {
		return o.source(err)
	}
	if err := o.countRows(ctx, o.spec.CountScan(), -1); err != nil {
		return false, nil, err
	}
	dups, again, ds, err := o.duplicates(ctx)
	if again || err != nil || ds.HasErrors() {
		return again, ds, err
	}
	if err := o.waiting(ctx); err != nil {
		return false, nil, err
	}
	if err := o.db.Exec(ctx, o.spec.MakeCandidates(o.doc.RemovalsHeld == "", dups)); err != nil {
		return false, nil, err
	}
	for _, q := range o.spec.MakeWide(o.salt) {
		if err := o.db.Exec(ctx, q); err != nil {
			return o.source(err)
		}
	}
	return false, nil, nil
}

// countRows fills in what reading tells: rows, and invalid rows by reason. bad
// is the query of the latter; total is the number of rows, -1 when bad counts
// valid rows, too.
func (o *one) countRows(ctx context.Context, bad string, total int64) error {
	n, err := o.rows(ctx, bad)
	if err != nil {
		return err
	}
	o.doc.Counts = plan.Counts{}
	o.doc.Invalid, o.doc.Blocked, o.doc.RemovalsHeld, o.valid = []plan.InvalidCount{}, nil, "", 0
	for _, row := range n {
		o.doc.Counts.SourceRows += row[1]
		if row[0] == 0 {
			o.valid = row[1]
			continue
		}
		reason := o.spec.Reasons[row[0]-1]
		if reason.Held {
			o.doc.Counts.Held += row[1]
			continue
		}
		if reason.Blocked {
			o.block(reason, row[1])
			continue
		}
		o.doc.Invalid = append(o.doc.Invalid, plan.InvalidCount{Reason: reason.Reason, Field: reason.Field, Rows: row[1]})
		if reason.Reason == diff.NullID {
			o.doc.RemovalsHeld = diff.NullID
		}
	}
	if total >= 0 {
		o.valid = total - o.doc.Counts.SourceRows
		o.doc.Counts.SourceRows = total
	}
	managed, err := o.db.QueryInts(ctx, "SELECT count(*) FROM "+diff.IndexRows+" WHERE status <> "+strconv.Itoa(int(state.Released)))
	if err != nil {
		return err
	}
	o.doc.Counts.Managed = managed[0]
	return nil
}

// duplicates finds ids and keys that occur more than once; found tells whether
// there are such rows.
func (o *one) duplicates(ctx context.Context) (found, again bool, ds diag.Diagnostics, err error) {
	if err := o.db.Exec(ctx, o.spec.MakeDuplicateIDs()); err != nil {
		return false, false, nil, err
	}
	ids, err := o.db.QueryInts(ctx, "SELECT count(*) FROM "+diff.DupID)
	if err != nil {
		return false, false, nil, err
	}
	if ids[0] > 0 {
		c, err := o.db.QueryInts(ctx, o.spec.SourceCollisions(o.salt))
		if err != nil {
			_, ds, err = o.source(err)
			return false, false, ds, err
		}
		if c[0] > 0 {
			again, ds, err := o.salted(ctx, o.salt+1)
			return false, again, ds, err
		}
	}
	if err := o.blockIDs(ctx); err != nil {
		return false, false, nil, err
	}
	if err := o.db.Exec(ctx, o.spec.MakeDuplicateHashes()); err != nil {
		return false, false, nil, err
	}
	n, err := o.db.QueryInts(ctx, "SELECT (SELECT count(*) FROM "+diff.DupID+"), (SELECT count(*) FROM "+diff.DupHash+")")
	if err != nil {
		return false, false, nil, err
	}
	if n[1] > 0 {
		err = o.db.Exec(ctx, o.spec.MakeDuplicateKeys(o.salt))
	} else {
		err = o.db.Exec(ctx, "CREATE OR REPLACE TABLE "+diff.DupKey+" (kh UBIGINT)")
	}
	if err != nil {
		_, ds, err = o.source(err)
		return false, false, ds, err
	}
	if n[0]+n[1] == 0 {
		return false, false, nil, nil
	}
	c, err := o.db.QueryInts(ctx, o.spec.CountDuplicates())
	if err != nil {
		return false, false, nil, err
	}
	for i, reason := range []string{diff.DuplicateID, diff.DuplicateKey} {
		if c[i] > 0 {
			o.doc.Invalid = append(o.doc.Invalid, plan.InvalidCount{Reason: reason, Rows: c[i]})
			o.valid -= c[i]
		}
	}
	// Invalid comes before held.
	o.doc.Counts.Held -= c[2]
	o.valid += c[2]
	return true, false, nil, nil
}

// priors fetches what state holds of the candidates.
func (o *one) priors(ctx context.Context) (again bool, ds diag.Diagnostics, err error) {
	q, err := o.fetch(ctx, diff.Priors, "SELECT kh, seg FROM "+diff.Candidate+" WHERE known")
	if err != nil {
		return false, nil, err
	}
	if err := o.db.Exec(ctx, q); err != nil {
		if o.r.State == nil {
			return false, nil, err
		}
		ds, err := o.r.State.Explain(err, o.a.Name)
		return false, ds, err
	}
	if o.head == nil {
		return false, nil, nil
	}
	n, err := o.db.QueryInts(ctx, o.spec.CheckPriors())
	if err != nil {
		return false, nil, err
	}
	if n[0] != 0 {
		return o.salted(ctx, o.salt) // the index lied; make it from the values
	}
	if n[1] > 0 {
		return o.salted(ctx, o.salt+1)
	}
	shared, ds, err := o.withdrawnShare(ctx)
	if err != nil || ds.HasErrors() || !shared {
		return false, ds, err
	}
	return o.salted(ctx, o.salt+1)
}

// freeze keeps rows of state that are held from being removed.
func (o *one) freeze(ctx context.Context) error {
	if !o.spec.Freezes() {
		return nil
	}
	for _, q := range o.spec.MakeFrozen() {
		if err := o.db.Exec(ctx, q); err != nil {
			return err
		}
	}
	n, err := o.db.QueryInts(ctx, diff.CountFrozen())
	if err != nil {
		return err
	}
	o.doc.Counts.Held += n[0]
	return nil
}

// fetch is the query that makes table of the live rows that wanted names.
func (o *one) fetch(ctx context.Context, table, wanted string) (string, error) {
	path, tag := func(diff.Segment) string { return "" }, ""
	if o.head != nil {
		engine, err := o.db.Version(ctx)
		if err != nil {
			return "", err
		}
		path, tag = o.r.State.SegmentPath(o.head.Activation), o.spec.IDTag(engine, o.salt)
	}
	return o.spec.MakePriors(table, wanted, o.segments(), path, o.salt, tag), nil
}

// holders finds keys that other records keep.
func (o *one) holders(ctx context.Context, makeHolders string) (diag.Diagnostics, error) {
	if err := o.db.Exec(ctx, makeHolders); err != nil {
		return nil, err
	}
	n, err := o.db.QueryInts(ctx, "SELECT count(*) FROM "+diff.Holder)
	if err != nil || n[0] == 0 {
		return nil, err
	}
	q, err := o.fetch(ctx, diff.HolderRow, "SELECT other AS kh, seg FROM "+diff.Holder)
	if err != nil {
		return nil, err
	}
	if err := o.db.Exec(ctx, q); err != nil {
		return o.r.State.Explain(err, o.a.Name)
	}
	return nil, o.db.Exec(ctx, o.spec.DropFalseHolders())
}

// rows returns a small result of integers.
func (o *one) rows(ctx context.Context, q string) ([][]int64, error) {
	rows, err := o.db.QueryRows(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([][]int64, len(rows))
	for i, r := range rows {
		out[i] = make([]int64, len(r))
		for c := range r {
			if out[i][c], err = number(r[c]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func number(v duck.Value) (int64, error) {
	text, ok := v.Reveal()
	if !ok {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("planner: a count is not a number")
	}
	return n, nil
}
