package hubspot

import (
	"testing"

	"github.com/leat-dev/leat/plugins/sdk"
)

// FuzzSettle feeds any answer to any action: it must not panic, must give every
// row an outcome unless it returns a fault, and must let nothing but the form
// of a code or a property name out of the vendor's words.
func FuzzSettle(f *testing.F) {
	for _, seed := range []struct {
		status int
		body   string
	}{
		{200, `{"results":[{"id":"1","properties":{"email":"a@x.io"},"new":true,"objectWriteTraceId":"0"}]}`},
		{207, `{"results":[{"id":"1","properties":{}}],"numErrors":1,"errors":[{"category":"OBJECT_NOT_FOUND","context":{"ids":["2"]}}]}`},
		{207, `{"results":[],"numErrors":1,"errors":[{"category":"VALIDATION_ERROR","context":{"ids":"1"},"errors":[{"code":"INVALID_EMAIL","context":{"propertyName":["email"]}}]}]}`},
		{400, `{"category":"VALIDATION_ERROR","message":"[{\"error\":\"INVALID_EMAIL\",\"name\":\"email\"}]"}`},
		{409, `not json`}, {204, ``}, {200, `{"results":null,"errors":null,"context":7}`}, {200, `[]`},
	} {
		f.Add(seed.status, []byte(seed.body), uint8(0))
		f.Add(seed.status, []byte(seed.body), uint8(7))
	}
	actions := []string{"upsert", "create", "update", "archive"}
	ops := []sdk.Op{sdk.Send, sdk.Create, sdk.Update, sdk.Archive}
	f.Fuzz(func(t *testing.T, status int, body []byte, pick uint8) {
		a, ok := decode(status, body)
		for _, e := range append(a.Failed, a.vendorError) {
			code, field := e.code()
			if code != "" && !plainCode.MatchString(code) || field != "" && !plainName.MatchString(field) {
				t.Fatalf("code %q, field %q", code, field)
			}
			if e.rejection().Class == 0 {
				t.Fatal("a rejection without a class")
			}
		}
		if !ok {
			return
		}
		const rows = 3
		out := sdk.NewOutcomes(rows)
		w := &write{b: &sdk.Batch{Op: ops[pick%4]}, out: out, unique: pick&8 != 0}
		s := sending{action: actions[pick%4]}
		if pick&16 != 0 {
			s.absent = out.Absent
		}
		for row := range rows {
			s.add(row, input{ID: string(rune('1' + row)), Trace: string(rune('0' + row))})
		}
		if err := w.settle(s, status, a); err != nil {
			return
		}
		for row := range rows {
			if !out.IsSet(row) {
				t.Fatalf("row %d has no outcome", row)
			}
		}
	})
}
