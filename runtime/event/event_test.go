package event

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRoundTrip(t *testing.T) {
	events := []Event{
		{Kind: RunStarted, Time: time.Unix(1, 0).UTC(), Total: 3},
		{Kind: BatchAnswered, Time: time.Unix(2, 0).UTC(), Activation: "activation.contacts", Operation: "send", Rows: 3, Attempt: 1,
			Requests: 2, Outcomes: Outcomes{Created: 1, Rejected: 2}, Done: 3, Total: 3},
	}
	var b bytes.Buffer
	e := NewEncoder(&b)
	for _, ev := range events {
		e.Encode(ev)
	}
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	want := `{"type":"version","format_version":"1.0"}
{"type":"run_started","time":"1970-01-01T00:00:01Z","total":3}
{"type":"batch_answered","time":"1970-01-01T00:00:02Z","activation":"activation.contacts","operation":"send","rows":3,"done":3,"total":3,"attempt":1,"requests":2,"outcomes":{"created":1,"rejected":2}}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	var got []Event
	if err := Decode(&b, func(ev Event) error { got = append(got, ev); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(events, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, in := range []string{
		`{"type":"run_started"}`,
		`{"type":"version","format_version":"2.0"}`,
		"{\"type\":\"version\",\"format_version\":\"1.7\"}\nnot json",
	} {
		if err := Decode(strings.NewReader(in), func(Event) error { return nil }); err == nil {
			t.Errorf("accepted %q", in)
		}
	}
	stop := errors.New("stop")
	in := "{\"type\":\"version\",\"format_version\":\"1.7\"}\n{\"type\":\"of_tomorrow\",\"more\":1}\n"
	if err := Decode(strings.NewReader(in), func(Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after--; f.after < 0 {
		return 0, errors.New("pipe closed")
	}
	return len(p), nil
}

func TestEncoderKeepsFirstError(t *testing.T) {
	e := NewEncoder(&failing{after: 1})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { e.Encode(Event{Kind: RunStarted}) })
	}
	wg.Wait()
	if e.Err() == nil {
		t.Error("no error")
	}
}

func TestOutcomesPlusCoversEveryField(t *testing.T) {
	var one, two Outcomes
	v1, v2 := reflect.ValueOf(&one).Elem(), reflect.ValueOf(&two).Elem()
	for i := range v1.NumField() {
		v1.Field(i).SetInt(int64(i + 1))
		v2.Field(i).SetInt(int64(2 * (i + 1)))
	}
	if one.Plus(one) != two {
		t.Errorf("%+v plus itself is %+v", one, one.Plus(one))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("{\"type\":\"version\",\"format_version\":\"1.0\"}\n{\"type\":\"throttled\",\"wait_ms\":5}\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		_ = Decode(bytes.NewReader(in), func(Event) error { return nil })
	})
}
