//go:build duckdb_arrow

package planner

import (
	"context"
	"slices"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/runtime/state"
)

// consents reads what the relation of consent says.
func (o *one) consents(ctx context.Context) (diag.Diagnostics, error) {
	c := o.a.Consent
	if err := o.db.Exec(ctx, o.spec.MakeConsents()); err != nil {
		return explainAt(err, c.Source.Name, c.Range)
	}
	n, err := o.db.QueryInts(ctx, o.spec.CountConsents())
	if err != nil {
		return nil, err
	}
	o.doc.Consent.Keys = n[0]
	return nil, nil
}

// describeConsent fills in the part of the document that needs no rows.
func (o *one) describeConsent() {
	if c := o.a.Consent; c != nil {
		o.doc.Consent = &plan.Consent{Source: plan.Source{UniqueID: c.Source.UniqueID, Name: c.Source.Name}, OnWithdrawn: string(c.Withdrawn)}
	}
}

// block counts blocked rows. One without an id stands for somebody all the
// same, so that it suspends removals as every row without an id does; what
// consent asks for rests on rows that are there, and is not suspended.
func (o *one) block(reason diff.Reason, rows int64) {
	o.doc.Counts.Blocked += rows
	if reason.NoID {
		o.doc.RemovalsHeld = diff.NullID
	}
	i := slices.IndexFunc(o.doc.Blocked, func(b plan.InvalidCount) bool { return b.Reason == reason.Reason })
	if i < 0 {
		i = len(o.doc.Blocked)
		o.doc.Blocked = append(o.doc.Blocked, plan.InvalidCount{Reason: reason.Reason})
	}
	o.doc.Blocked[i].Rows += rows
}

// blockIDs finds the ids that are blocked, and counts the rows anew.
func (o *one) blockIDs(ctx context.Context) error {
	if !o.spec.Blocks() {
		return nil
	}
	for _, q := range o.spec.MakeBlocked() {
		if err := o.db.Exec(ctx, q); err != nil {
			return err
		}
	}
	return o.countRows(ctx, o.spec.CountScan(), -1)
}

// withdrawnShare reports whether a blocked row and a row of state of another
// id share a hash.
func (o *one) withdrawnShare(ctx context.Context) (bool, diag.Diagnostics, error) {
	if !o.spec.Blocks() {
		return false, nil, nil
	}
	n, err := o.db.QueryInts(ctx, diff.CountWithdrawn())
	if err != nil || n[0] == 0 {
		return false, nil, err
	}
	if n, err = o.db.QueryInts(ctx, o.spec.CheckWithdrawn(o.salt)); err != nil {
		_, ds, err := o.source(err)
		return false, ds, err
	}
	return n[0] > 0, nil, nil
}

// consentGone warns when records were blocked and consent is not asked for any
// more: nothing but the configuration says so.
func (o *one) consentGone() diag.Diagnostics {
	if o.head == nil || o.a.Consent != nil {
		return nil
	}
	n := o.head.Counts[state.Blocked.Name()]
	if n == 0 {
		return nil
	}
	return diag.Diagnostics{diag.New(diag.ConsentGone, o.a.Range, "Records of %s that state holds are blocked because consent was withdrawn (%d), and the activation has no block `consent` any more: they are sent again like all others. Is that not meant, put the block back.", o.a.Address(), n)}
}
