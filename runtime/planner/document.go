//go:build duckdb_arrow

package planner

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/compiler/diff"
	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/compiler/plan"
	"github.com/leat-dev/leat/runtime/duck"
)

// describe fills in the parts of the document that need no rows.
func (o *one) describe() {
	a := o.a
	d := o.r.Destinations[a.Target.Plugin+"."+a.Target.Destination]
	config := d.Config
	if config == nil {
		config = map[string]plan.ConfigValue{}
	}
	o.doc = plan.Activation{Address: a.Address(), Name: a.Name, Description: a.Description, Owner: a.Owner, Tags: a.Tags,
		Range:  plan.Range{Filename: a.Range.Filename, Line: a.Range.Start.Line},
		Source: plan.Source{UniqueID: a.Source.UniqueID, Name: a.Source.Name},
		Target: plan.Target{Plugin: a.Target.Plugin, Destination: a.Target.Destination, Object: a.Target.Object, Account: a.Target.Account,
			DescribeDigest: a.Target.Describe, SchemaDigest: plan.SchemaDigest(a), Readable: string(a.Target.Schema.Readable),
			Replace: a.Target.Schema.Replace, Evidence: d.Evidence, Declared: plan.DeclarationOf(&a.Target.Schema)},
		Config: config, Region: a.Target.Region, Mode: string(a.Mode), OnRemoved: string(a.Removed),
		ID: []plan.Column{}, Key: []plan.Column{}, Fields: []plan.Column{}, FieldCounts: []plan.FieldCount{},
		Invalid: []plan.InvalidCount{}, Rejected: []plan.RejectedCount{}, Proofs: []plan.Proof{}, GuardRules: plan.RulesOf(o.guard),
		Delivery: plan.Delivery{Concurrency: a.Deliver.Concurrency, MaxRejectRate: plan.LimitText(a.Deliver.MaxRejectRate),
			OnUnknown: cmp.Or(string(a.Deliver.OnUnknown), string(ir.UnknownSkip))}}
	for _, k := range a.SecretKeys {
		o.doc.SecretKeys = append(o.doc.SecretKeys, k.Env)
	}
	o.describeConsent()
	if a.Rollout.Set {
		o.doc.Rollout = &a.Rollout.Percent
	}
	if a.Holdout.Set {
		o.doc.Holdout = &a.Holdout.Percent
	}
	for i, c := range o.spec.ID {
		o.doc.ID = append(o.doc.ID, plan.Column{Name: c.Name, Type: c.Type, Labels: a.ID[i].Labels, Guessed: a.ID[i].Guessed})
	}
	for i, m := range a.Key {
		o.doc.Key = append(o.doc.Key, plan.Column{Name: m.Field, Type: o.spec.Key[i].Type, Labels: m.Labels, Guessed: m.Guessed})
	}
	for i, m := range a.Fields {
		o.doc.Fields = append(o.doc.Fields, plan.Column{Name: m.Field, Type: o.spec.Fields[i].Type, Write: string(m.Write), Nulls: string(m.Nulls), Labels: m.Labels, Guessed: m.Guessed,
			Lookup: lookupColumn(o.spec.Fields[i].Lookup)})
	}
	for _, p := range a.Proofs {
		o.doc.Proofs = append(o.doc.Proofs, plan.Proof{Of: p.Of, Fact: p.Fact, Grade: string(p.Grade), Stated: string(p.Grade), By: p.By})
	}
	if o.r.State != nil {
		o.doc.State.Lineage = o.r.State.Lineage()
	}
	o.doc.State.Serial = o.serial
	if o.head != nil {
		o.doc.State.Serial = o.head.Serial
	}
	o.doc.Class, o.doc.Moved, o.doc.Draw = o.class(), o.moved, a.Former.Draw
	if o.removal != nil {
		o.describeRemoval()
	}
}

func lookupColumn(l *diff.Lookup) *plan.Lookup {
	if l == nil {
		return nil
	}
	out := &plan.Lookup{Activation: l.Activation, IDs: l.IDs, Was: l.Was}
	for _, c := range l.ID {
		out.ID = append(out.ID, plan.Column{Name: c.Name, Type: c.Type})
	}
	return out
}

// class is the worst change of the configuration against the state.
func (o *one) class() string {
	h := o.head
	switch {
	case h == nil:
		return "new"
	case h.Destination != o.a.Target.Destination || (h.Account != "" && o.a.Target.Account != "" && h.Account != o.a.Target.Account):
		return "destination"
	case !slices.Equal(h.Key, o.spec.Key) || !slices.Equal(h.ID, o.spec.ID):
		return "key"
	case !slices.Equal(h.Fields, o.spec.Columns()):
		return "mapping"
	case h.Mode != string(o.a.Mode) || h.OnRemoved != string(o.a.Removed) || h.Guards != o.doc.GuardRules:
		return "metadata"
	case o.moved != nil:
		return "moved"
	}
	return "none"
}

// count fills in what the verdicts tell.
func (o *one) count(ctx context.Context) error {
	c := &o.doc.Counts
	byOp := map[int64]*int64{diff.OpSend: &c.Send, diff.OpCreate: &c.Create, diff.OpUpdate: &c.Update, diff.OpRekey: &c.Rekey, diff.OpDelete: &c.Delete,
		diff.OpArchive: &c.Archive, diff.OpClear: &c.Clear, diff.OpAppend: &c.Append, diff.OpRelease: &c.Release, diff.OpResolve: &c.Resolve, diff.OpForget: &c.Forget, diff.OpBlock: &c.Block}
	rows, err := o.tally(ctx)
	if err != nil {
		return err
	}
	c.Unchanged = o.valid
	taken := int64(0)
	for _, r := range rows {
		op, err := number(r[0])
		if err != nil {
			return err
		}
		n, err := number(r[4])
		if err != nil {
			return err
		}
		replaced, err := number(r[5])
		if err != nil {
			return err
		}
		o.recreated += replaced
		if op == diff.OpUpdate || op == diff.OpRekey {
			if err := o.addFields(r[6 : len(r)-1]); err != nil {
				return err
			}
		}
		why, _ := r[1].Reveal()
		here, _ := r[2].Reveal()
		withdrawn, _ := r[3].Reveal()
		if op != diff.OpNone {
			*byOp[op] += n
		}
		if withdrawn == "true" && (op == diff.OpDelete || op == diff.OpArchive || op == diff.OpClear) {
			c.Withdrawn += n
		}
		switch why {
		case diff.WhyStillRejected:
			c.StillRejected += n
		case diff.WhyUnknown:
			c.Unknown += n
		case diff.WhyTaken:
			taken += n
		}
		if here == "true" && why != diff.WhyUnchanged && why != diff.WhyAbsent && op != diff.OpResolve {
			c.Unchanged -= n
		}
	}
	if o.recreated > 0 {
		*byOp[int64(o.spec.ReplacedOp())] += o.recreated
	}
	o.doc.FieldCounts = slices.DeleteFunc(o.doc.FieldCounts, func(f plan.FieldCount) bool { return f.Set+f.Cleared == 0 })
	if taken > 0 {
		o.doc.Invalid = append(o.doc.Invalid, plan.InvalidCount{Reason: diff.KeyTaken, Rows: taken})
	}
	slices.SortFunc(o.doc.Invalid, func(a, b plan.InvalidCount) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Field, b.Field))
	})
	o.doc.Invalid = merge(o.doc.Invalid)
	slices.SortFunc(o.doc.Blocked, func(a, b plan.InvalidCount) int { return cmp.Compare(a.Reason, b.Reason) })
	checkProofs(o.doc.Proofs, o.doc.Invalid, o.doc.Waiting)
	for _, i := range o.doc.Invalid {
		c.Invalid += i.Rows
	}
	if c.StillRejected == 0 {
		return nil
	}
	return o.countRejected(ctx)
}

// merge adds up neighbours with the same reason and field: two checks of one
// field may give the same reason.
func merge(in []plan.InvalidCount) []plan.InvalidCount {
	out := []plan.InvalidCount{}
	for _, c := range in {
		if n := len(out); n > 0 && out[n-1].Reason == c.Reason && out[n-1].Field == c.Field {
			out[n-1].Rows += c.Rows
			continue
		}
		out = append(out, c)
	}
	return out
}

func (o *one) countRejected(ctx context.Context) error {
	rows, err := o.db.QueryRows(ctx, o.verdicts.CountRejected())
	if err != nil {
		return err
	}
	for _, r := range rows {
		var x plan.RejectedCount
		x.Class, _ = r[0].Reveal()
		x.Code, _ = r[1].Reveal()
		x.Field, _ = r[2].Reveal()
		if x.Rows, err = number(r[3]); err != nil {
			return err
		}
		o.doc.Rejected = append(o.doc.Rejected, x)
	}
	return nil
}

// addFields adds the counts of one group of updates.
func (o *one) addFields(counts []duck.Value) error {
	for i, f := range o.spec.Fields {
		if len(o.doc.FieldCounts) == i {
			o.doc.FieldCounts = append(o.doc.FieldCounts, plan.FieldCount{Name: f.Name})
		}
		set, err := number(counts[0])
		if err != nil {
			return err
		}
		both, err := number(counts[1])
		if err != nil {
			return err
		}
		pending := int64(0)
		if counts = counts[2:]; f.Lookup != nil {
			if pending, err = number(counts[0]); err != nil {
				return err
			}
			counts = counts[1:]
		}
		o.doc.FieldCounts[i].Set += set
		o.doc.FieldCounts[i].Pending += pending
		o.doc.FieldCounts[i].Cleared += both - set
	}
	return nil
}

// tally returns the counts of the verdicts, and keeps the samples.
func (o *one) tally(ctx context.Context) ([][]duck.Value, error) {
	counts, err := o.db.QueryRows(ctx, o.verdicts.Count(o.r.Samples))
	if err != nil || o.r.Samples <= 0 {
		return counts, err
	}
	among, recreated := []string{}, int64(0)
	for _, r := range counts {
		n, err := number(r[5])
		if err != nil {
			return nil, err
		}
		recreated += n
		if list, _ := r[len(r)-1].Reveal(); len(list) > 2 {
			among = append(among, strings.Split(list[1:len(list)-1], ", ")...)
		}
	}
	if len(among) == 0 {
		return counts, nil
	}
	rows, err := o.db.QueryRows(ctx, o.samplesQuery(recreated > 0, among))
	if err != nil {
		return nil, err
	}
	taken := map[string]int{}
	for _, r := range rows {
		op, _ := r[0].Reveal()
		if taken[op]++; taken[op] > o.r.Samples {
			continue
		}
		if err := o.addSample(r); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// samplesQuery selects the rows among the candidates of some hashes, operation
// by operation, first ids first.
func (o *one) samplesQuery(recreated bool, among []string) string {
	ids := columnNames("i", len(o.spec.ID))
	q := "SELECT op, " + ids
	for _, x := range []struct {
		prefix string
		n      int
	}{{"k", len(o.spec.Key)}, {"p", len(o.spec.Key)}, {"s", len(o.spec.Fields)}, {"b", len(o.spec.Fields)}, {"f", len(o.spec.Fields)}} {
		if x.n > 0 {
			q += ", " + columnNames(x.prefix, x.n)
		}
	}
	for i := range o.spec.Fields {
		q += ", " + o.spec.Pending(i)
	}
	return q + " FROM (" + o.verdicts.Changes(recreated, among) + ") WHERE op < " + strconv.Itoa(diff.OpResolve) + " ORDER BY phase, op, " + ids
}

// columnNames lists n numbered columns.
func columnNames(prefix string, n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = prefix + strconv.Itoa(i)
	}
	return strings.Join(names, ", ")
}

// addSample reads a row of samplesQuery.
func (o *one) addSample(r []duck.Value) error {
	nID, nKey := len(o.spec.ID), len(o.spec.Key)
	op, err := number(r[0])
	if err != nil {
		return err
	}
	r = r[1:]
	s := Sample{Op: diff.OpName(int(op)), ID: r[:nID], Key: r[nID : nID+nKey], Prior: r[nID+nKey : nID+2*nKey]}
	s.Fields = changes(r[nID+2*nKey:], len(o.spec.Fields))
	o.samples = append(o.samples, s)
	return nil
}

// changes picks the fields that are sent out of the columns s*, b*, f*, and
// whether they are pending.
func changes(r []duck.Value, n int) []Change {
	var out []Change
	for i := range n {
		if sent, _ := r[i].Reveal(); sent == "true" {
			pending, _ := r[3*n+i].Reveal()
			out = append(out, Change{i, r[n+i], r[2*n+i], pending == "true"})
		}
	}
	return out
}
