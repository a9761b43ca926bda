package against

import (
	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/types"
)

// change is what became of a type.
type change uint8

const (
	same     change = iota // or wider, or not known
	narrower               // values that fitted fit no more
	other                  // another kind of value
)

func parse(m *manifest.Manifest, text string) types.Type {
	t, _ := types.FromWarehouse(m.Metadata.Adapter, text)
	return t
}

// intDigits are the digits of the largest 64-bit number.
const intDigits = 19

// compareTypes tells what became of a type. A type that is not known, such as
// one of an extension, is not judged.
func compareTypes(was, is types.Type) change {
	if was.Kind == types.Unknown || is.Kind == types.Unknown {
		return same
	}
	if was.Kind != is.Kind {
		return compareKinds(was, is)
	}
	narrow := false
	switch was.Kind {
	case types.Decimal:
		if was.Precision == 0 || is.Precision == 0 {
			return same
		}
		narrow = is.Scale < was.Scale || is.Precision-is.Scale < was.Precision-was.Scale
	case types.String:
		narrow = is.Max > 0 && (was.Max == 0 || is.Max < was.Max)
	case types.Enum:
		narrow = !contains(is.Values, was.Values)
	case types.List:
		if was.Elem != nil && is.Elem != nil {
			return compareTypes(*was.Elem, *is.Elem)
		}
	case types.Struct:
		return compareStructs(was, is)
	}
	if narrow {
		return narrower
	}
	return same
}

// compareKinds judges numbers by what they hold; text that becomes an enum is
// narrower; all else is another kind of value.
func compareKinds(was, is types.Type) change {
	switch {
	case was.Kind == types.Int && is.Kind == types.Decimal:
		if is.Precision == 0 || is.Precision-is.Scale >= intDigits {
			return same
		}
		return narrower
	case was.Kind == types.Decimal && is.Kind == types.Int:
		if was.Precision > 0 && was.Scale == 0 && was.Precision < intDigits {
			return same
		}
		return narrower
	case was.Kind == types.Enum && is.Kind == types.String:
		return same
	case was.Kind == types.String && is.Kind == types.Enum, was.Kind == types.Float && is.Kind == types.Decimal:
		return narrower
	}
	return other
}

func compareStructs(was, is types.Type) change {
	worst := same
	for _, f := range was.Fields {
		found := other
		for _, g := range is.Fields {
			if g.Name == f.Name {
				found = compareTypes(f.Type, g.Type)
			}
		}
		worst = max(worst, found)
	}
	return worst
}

func contains(all, some []string) bool {
	have := map[string]bool{}
	for _, v := range all {
		have[v] = true
	}
	for _, v := range some {
		if !have[v] {
			return false
		}
	}
	return true
}
