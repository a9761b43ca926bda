package ir

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/types"
)

// Digest names what was compiled of an activation, in parts that change for
// different reasons. Two digests are equal exactly when the activations do the
// same. Where the activation stands in its file, what was proven of its key
// and when, and what the destination says of itself do not count.
type Digest struct {
	Body         string `json:"body"`         // source, id, key, fields, where, and all that decides which rows and values
	Configs      string `json:"configs"`      // mode, removals, guards, delivery
	Relation     string `json:"relation"`     // the destination and its object
	Contract     string `json:"contract"`     // names and types of key and fields
	Descriptions string `json:"descriptions"` // description, owner, tags
}

// digested says which part of a digest a field of an activation belongs to;
// "" is none. What is not listed counts as body, so that nothing new is missed.
var digested = map[string]string{
	"Range": "", "Proofs": "", "Former": "",
	"Description": "descriptions", "Owner": "descriptions", "Tags": "descriptions",
	"Mode": "configs", "Removed": "configs", "Guard": "configs", "Deliver": "configs",
	"Target": "relation",
}

// undigested are fields of nested values that do not count.
var undigested = map[reflect.Type][]string{
	reflect.TypeFor[Target]():   {"Schema", "Account", "Describe", "Limits"},
	reflect.TypeFor[Mapping]():  {"Schema"},
	reflect.TypeFor[Source]():   {"Path", "Columns"},
	reflect.TypeFor[Expr]():     {"Text"},
	reflect.TypeFor[Lookup]():   {"Was"},
	reflect.TypeFor[Requires](): {"Known", "NotPassed", "Failing", "BuildKnown", "BuildOK", "BuiltAt"},
}

// Digest digests the activation. It depends on nothing else, so it is the same
// on every machine.
func (a *Activation) Digest() Digest {
	sums := map[string]hash.Hash{}
	for _, part := range []string{"body", "configs", "relation", "contract", "descriptions"} {
		sums[part] = sha256.New()
	}
	v := reflect.ValueOf(a).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		part, listed := digested[name]
		if !listed {
			part = "body"
		}
		if part != "" {
			fmt.Fprintf(sums[part], "%s:", name)
			feed(sums[part], v.Field(i))
		}
	}
	for _, ms := range [][]Mapping{a.Key, a.Fields} {
		for _, m := range ms {
			fmt.Fprintf(sums["contract"], "%q:%q,", m.Field, m.Type.String())
		}
		_, _ = io.WriteString(sums["contract"], ";") // a hash never fails
	}
	hex := func(part string) string { return hex.EncodeToString(sums[part].Sum(nil)[:16]) }
	return Digest{Body: hex("body"), Configs: hex("configs"), Relation: hex("relation"), Contract: hex("contract"), Descriptions: hex("descriptions")}
}

// feed writes a value in a form that no other value has.
func feed(h io.Writer, v reflect.Value) {
	if v.Type() == reflect.TypeFor[diag.Range]() {
		return
	}
	if t, ok := v.Interface().(types.Type); ok {
		fmt.Fprintf(h, "%q,", t.String())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		_, _ = io.WriteString(h, "{")
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && !slices.Contains(undigested[v.Type()], f.Name) {
				fmt.Fprintf(h, "%s:", f.Name)
				feed(h, v.Field(i))
			}
		}
		_, _ = io.WriteString(h, "}")
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(h, "%d[", v.Len())
		for i := range v.Len() {
			feed(h, v.Index(i))
		}
		_, _ = io.WriteString(h, "]")
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		fmt.Fprintf(h, "%d<", len(keys))
		for _, k := range keys {
			feed(h, k)
			feed(h, v.MapIndex(k))
		}
		_, _ = io.WriteString(h, ">")
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			_, _ = io.WriteString(h, "nil,")
			return
		}
		feed(h, v.Elem())
	default:
		fmt.Fprintf(h, "%q,", fmt.Sprint(v.Interface()))
	}
}
