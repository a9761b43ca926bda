package syntax

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/lang/diag"
)

// ConstantRow is one row of a list of rows that a test writes out.
type ConstantRow struct {
	Range diag.Range // of the row; of the whole list when it is not written out
	Cells []ConstantCell
}

// ConstantCell is one value of a [ConstantRow].
type ConstantCell struct {
	Name      string
	NameRange diag.Range
	Range     diag.Range // of the value
	Value     cty.Value  // known and unmarked; may be null
}

const rowsHow = "Write a list of rows: [{ column = value }, ...]."

// Rows evaluates a list of rows over var and local. Where the list is written
// out, each value has its own range. A row with a mistake is left out, and ok is
// then false.
func (a *Attribute) Rows(consts *Constants) (rows []ConstantRow, ok bool, ds diag.Diagnostics) {
	e := &evaluator{consts: consts}
	list, written := unwrap(a.Expr).(*hclsyntax.TupleConsExpr)
	if !written {
		rows, ok = e.computedRows(a)
		return rows, ok, e.diags
	}
	ok = true
	for _, item := range list.Exprs {
		var row ConstantRow
		var whole bool
		if object, is := unwrap(item).(*hclsyntax.ObjectConsExpr); is {
			row, whole = e.writtenRow(a, object)
		} else if v, shown := e.value(&Attribute{Name: a.Name, Expr: item}); shown {
			row, whole = e.computedRow(a.Name, v, item.Range())
		}
		ok = ok && whole
		if whole {
			rows = append(rows, row)
		}
	}
	return rows, ok, e.diags
}

// computedRows are the rows of a list that is not written out, such as a local.
func (e *evaluator) computedRows(a *Attribute) ([]ConstantRow, bool) {
	v, ok := e.value(a)
	if !ok {
		return nil, false
	}
	if t := v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		e.invalid(a.Expr.Range(), a.Name, rowsHow)
		return nil, false
	}
	var rows []ConstantRow
	for it := v.ElementIterator(); it.Next(); {
		_, item := it.Element()
		row, whole := e.computedRow(a.Name, item, a.Expr.Range())
		if !whole {
			return nil, false
		}
		rows = append(rows, row)
	}
	return rows, true
}

func (e *evaluator) computedRow(name string, v cty.Value, at diag.Range) (ConstantRow, bool) {
	row := ConstantRow{Range: at}
	if t := v.Type(); v.IsNull() || (!t.IsObjectType() && !t.IsMapType()) {
		e.invalid(at, name, rowsHow)
		return row, false
	}
	for it := v.ElementIterator(); it.Next(); { // in order of the names
		key, cell := it.Element()
		row.Cells = append(row.Cells, ConstantCell{Name: key.AsString(), NameRange: at, Range: at, Value: cell})
	}
	return row, true
}

// writtenRow reads { name = value, ... }.
func (e *evaluator) writtenRow(a *Attribute, object *hclsyntax.ObjectConsExpr) (ConstantRow, bool) {
	row, whole := ConstantRow{Range: object.Range()}, true
	first := map[string]diag.Range{}
	for _, item := range object.Items {
		name, at, ok := cellName(item.KeyExpr)
		if !ok {
			e.diags.Append(diag.New(diag.ComputedFieldName, at, "Write the column's name as it is, in quotes when it is no identifier."))
			whole = false
			continue
		}
		if other, twice := first[name]; twice {
			e.diags.Append(diag.New(diag.InvalidValue, at, "A column takes one value in a row. Remove one of the two.").
				WithSummary("Column %s stands twice in a row", quote(name)).WithRelated(other, "The other one is here"))
			whole = false
			continue
		}
		first[name] = at
		v, sensitive, ok := e.eval(item.ValueExpr)
		if ok && sensitive {
			e.shown(item.ValueExpr.Range(), a.Name)
		}
		if whole = whole && ok && !sensitive; whole {
			row.Cells = append(row.Cells, ConstantCell{name, at, item.ValueExpr.Range(), v})
		}
	}
	return row, whole
}

func cellName(e hclsyntax.Expression) (name string, at diag.Range, ok bool) {
	at = e.Range()
	key, is := e.(*hclsyntax.ObjectConsKeyExpr)
	if !is || key.ForceNonLiteral {
		return "", at, false
	}
	if word := hcl.ExprAsKeyword(key.Wrapped); word != "" {
		return word, at, true
	}
	name, _, ok = literal(key.Wrapped)
	return name, at, ok && name != ""
}

// Instant evaluates an attribute that is a point in time, as text. set is false
// when the attribute is absent, null, or was reported.
func (a *Attribute) Instant(consts *Constants) (text string, set bool, ds diag.Diagnostics) {
	e := &evaluator{consts: consts}
	v, ok := e.value(a)
	if ok && v.Type() != cty.String {
		e.invalid(a.Expr.Range(), a.Name, `Write a time, such as "2026-05-01T08:00:00Z", or a date, such as "2026-05-01".`)
		ok = false
	}
	if !ok {
		return "", false, e.diags
	}
	return v.AsString(), true, e.diags
}
