package addr_test

import (
	"slices"
	"testing"

	"github.com/leat-dev/leat/lang/addr"
)

func TestRoundTrip(t *testing.T) {
	for _, s := range []string{"activation.contacts", `activation.audience["eu"]`, `activation.a["x.y \"q\" ${"]`, `activation.a["$${b}"]`, "activation.with-dash"} {
		a, err := addr.ParseActivation(s)
		if s == `activation.a["x.y \"q\" ${"]` {
			if err == nil {
				t.Errorf("%s: an open template was accepted", s)
			}
			continue
		}
		if err != nil || a.String() != s {
			t.Errorf("%s: got %s, %v", s, a, err)
		}
	}
	for _, s := range []string{"destination.hubspot.crm.contacts", `destination.hubspot.crm["2-3453932"]`, `destination.file.exports["a b.csv"]`} {
		if o, err := addr.ParseObject(s); err != nil || o.String() != s {
			t.Errorf("%s: got %s, %v", s, o, err)
		}
	}
	if d, err := addr.ParseDestination("destination.hubspot.crm"); err != nil || d.String() != "destination.hubspot.crm" {
		t.Errorf("got %s, %v", d, err)
	}
}

func TestNotAnAddress(t *testing.T) {
	for _, s := range []string{"", "contacts", "activation", "activation.", "activation.a.b.c", "activation.a[0]", "activation.a[*]", `activation.a[""]`, "destination.a", "row.x"} {
		if a, err := addr.ParseActivation(s); err == nil {
			t.Errorf("%q was read as %s", s, a)
		}
	}
	for _, s := range []string{"destination.a.b", "destination.a.b.c.d", "activation.a"} {
		if o, err := addr.ParseObject(s); err == nil {
			t.Errorf("%q was read as %s", s, o)
		}
	}
}

func TestOrder(t *testing.T) {
	as := []addr.Activation{{Name: "b"}, {Name: "a", Key: "y"}, {Name: "a"}, {Name: "a", Key: "x"}}
	slices.SortFunc(as, addr.Activation.Compare)
	if want := []addr.Activation{{Name: "a"}, {Name: "a", Key: "x"}, {Name: "a", Key: "y"}, {Name: "b"}}; !slices.Equal(as, want) {
		t.Errorf("got %v", as)
	}
	d := func(t, n, o string) addr.Object {
		return addr.Object{Destination: addr.Destination{Type: t, Name: n}, Object: o}
	}
	os := []addr.Object{d("b", "a", "a"), d("a", "b", "a"), d("a", "a", "b"), d("a", "a", "a")}
	slices.SortFunc(os, addr.Object.Compare)
	if want := []addr.Object{d("a", "a", "a"), d("a", "a", "b"), d("a", "b", "a"), d("b", "a", "a")}; !slices.Equal(os, want) {
		t.Errorf("got %v", os)
	}
}

func FuzzParseObject(f *testing.F) {
	f.Add("destination.hubspot.crm.contacts")
	f.Add(`destination.hubspot.crm["2-3453932"]`)
	f.Fuzz(func(t *testing.T, s string) {
		o, err := addr.ParseObject(s)
		if err != nil {
			return
		}
		again, err := addr.ParseObject(o.String())
		if err != nil || again != o {
			t.Errorf("%q prints as %s, which reads as %v, %v", s, o, again, err)
		}
	})
}

func FuzzParseActivation(f *testing.F) {
	f.Add("activation.contacts")
	f.Add(`activation.audience["eu"]`)
	f.Add("destination.hubspot.crm")
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := addr.ParseActivation(s); err == nil {
			if again, err := addr.ParseActivation(a.String()); err != nil || again != a {
				t.Errorf("%q prints as %s, which reads as %v, %v", s, a, again, err)
			}
		}
		if d, err := addr.ParseDestination(s); err == nil {
			if again, err := addr.ParseDestination(d.String()); err != nil || again != d {
				t.Errorf("%q prints as %s, which reads as %v, %v", s, d, again, err)
			}
		}
	})
}
