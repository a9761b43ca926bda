package sandbox_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
)

// long is a time that no test waits for.
const long = time.Minute

func TestFaults(t *testing.T) {
	const cut = 0 // for a request that got no whole answer
	cases := []struct {
		name, fault string
		statuses    []int // of upserts of one new contact each, one after the other
		records     int   // afterwards
		category    string
	}{
		{"429 after, count", "429:after=1,count=2,retry_after=1s", []int{200, 429, 429, 200}, 2, "RATE_LIMITS"},
		{"500", "500:count=1", []int{500, 200}, 1, "INTERNAL_ERROR"},
		{"500 nth", "500:nth=2", []int{200, 500, 200, 500}, 2, ""},
		{"another status, after the commit", "500:status=503,commit=true", []int{503, 503}, 2, ""},
		{"hang for a moment", "hang:duration=1ms", []int{200}, 1, ""},
		{"hang after the commit", "hang:duration=1ms,commit=true", []int{200}, 1, ""},
		{"latency", "latency:duration=1ms", []int{200}, 1, ""},
		{"cut before", "cut_before:count=1", []int{cut, 200}, 1, ""},
		{"cut after", "cut_after", []int{cut, cut}, 2, ""},
		{"cut within", "cut_after:truncate=true", []int{cut, cut}, 2, ""},
		{"partial", "partial:every=1,category=RATE_LIMITS,count=1", []int{207, 200}, 1, "RATE_LIMITS"},
		{"refuse", "refuse:property=email,value=a1@*.example", []int{200, 207, 200}, 2, "VALIDATION_ERROR"},
		{"refuse by what the record would hold", "refuse:property=hs_object_id,value=10002", []int{200, 207, 207}, 1, ""},
		{"another object", "500:object=companies", []int{200}, 1, ""},
		{"this object", "500:object=0-1", []int{500}, 0, ""},
		{"another operation", "500:op=read", []int{200}, 1, ""},
		{"writes", "500:op=write", []int{500}, 0, ""},
		{"path", "500:path=*/contacts/batch/*", []int{500}, 0, ""},
		{"another path", "500:path=/crm/v3/objects/companies*", []int{200}, 1, ""},
		{"never", "500:probability=1e-300", []int{200, 200}, 2, ""},
		{"always", "500:probability=1", []int{500}, 0, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f, err := sandbox.ParseFault(tc.fault)
			if err != nil {
				t.Fatal(err)
			}
			c := start(t, sandbox.Options{Faults: []sandbox.Fault{f}})
			for i, want := range tc.statuses {
				a, err := c.try("POST", contacts+"/batch/upsert", upsertContacts("a"+string(rune('0'+i))+"@x.example"))
				if (err != nil) != (want == cut) || a.status != want {
					t.Fatalf("request %d: status %d, want %d: %v", i, a.status, want, err)
				}
				if a.status == 429 && a.header.Get("Retry-After") != "1" {
					t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
				}
				if a.status >= 400 && tc.category != "" && a.at("category") != tc.category || a.status == 207 && tc.category != "" && a.at("errors.0.category") != tc.category {
					t.Errorf("category of %s", a.text)
				}
			}
			if got := c.box.Stats().Records["contacts"]; got != tc.records {
				t.Errorf("%d records, want %d", got, tc.records)
			}
		})
	}
}

// A fault on records spares the other records, and whole-batch operations see it as their own shape of failure.
func TestRecordFaults(t *testing.T) {
	c := start(t, sandbox.Options{})
	c.want(201, "POST", "/_sandbox/faults", "partial:every=2,category=OBJECT_LOCKED")
	a := c.want(207, "POST", contacts+"/batch/upsert", upsertContacts("a@x.example", "b@x.example", "c@x.example", "d@x.example"))
	if a.at("numErrors") != "2" || a.at("errors.0.context.ids") != `["b@x.example"]` || a.at("results.1.properties.email") != "c@x.example" {
		t.Error(a.text)
	}
	a = c.want(207, "POST", contacts+"/batch/archive", `{"inputs":[{"id":"10001"},{"id":"10002"}]}`)
	if a.at("errors.0.context.ids") != `["10002"]` || a.at("results") != "[]" {
		t.Error(a.text)
	}
	c.want(400, "POST", companies+"/batch/create", `{"inputs":[{"properties":{"name":"A"}},{"properties":{"name":"B"}}]}`)
	if n := c.box.Stats().Records["companies"]; n != 0 {
		t.Errorf("%d companies of a create that failed whole", n)
	}
}

// The log says of each request whether its records were committed, and whether its answer arrived.
func TestLogOfFaults(t *testing.T) {
	for fault, want := range map[string]string{
		"cut_before":              "request answer:cut_before#1:lost",
		"cut_after":               "request commit answer:cut_after#1:lost",
		"cut_after:truncate=true": "request commit answer:cut_after#1:lost",
		"500:commit=true":         "request commit answer:500#1:delivered",
		"429":                     "request answer:429#1:delivered",
	} {
		f, err := sandbox.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		c := start(t, sandbox.Options{Faults: []sandbox.Fault{f}})
		_, _ = c.try("POST", contacts+"/batch/upsert", upsertContacts("a@x.example")) // how it fails is another test's
		var got []string
		for _, e := range c.box.Log(0) {
			word := e.Type
			if e.Type == sandbox.LogAnswer {
				word += ":" + e.Fault + map[bool]string{true: ":delivered", false: ":lost"}[e.Delivered]
			}
			got = append(got, word)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", fault, got, want)
		}
	}
}

// answersLost waits until the sandbox has seen that so many requests got no answer.
func answersLost(t *testing.T, box *sandbox.Server, n int) {
	t.Helper()
	for start := time.Now(); box.Stats().Undelivered < n; time.Sleep(time.Millisecond) {
		if time.Since(start) > long {
			t.Fatal("the sandbox did not see that the client left")
		}
	}
}

func TestHangUntilTheClientLeaves(t *testing.T) {
	for fault, records := range map[string]int{"hang": 0, "hang:commit=true": 1, "latency:duration=1h": 0} {
		f, err := sandbox.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		c := start(t, sandbox.Options{Faults: []sandbox.Fault{f}})
		c.http.Timeout = 100 * time.Millisecond
		if _, err := c.try("POST", contacts+"/batch/upsert", upsertContacts("a@x.example")); err == nil {
			t.Errorf("%s: answered", fault)
		}
		answersLost(t, c.box, 1)
		if got := c.box.Stats().Records["contacts"]; got != records {
			t.Errorf("%s: %d records, want %d", fault, got, records)
		}
	}
}

func TestGate(t *testing.T) {
	c := start(t, sandbox.Options{})
	c.want(201, "POST", "/_sandbox/faults", `{"kind":"gate","op":"upsert"}`)
	statuses := make(chan int)
	send := func(email string) {
		a, err := c.try("POST", contacts+"/batch/upsert", upsertContacts(email))
		if err != nil {
			a.status = 0
		}
		statuses <- a.status
	}
	go send("a@x.example")
	a := c.want(200, "GET", "/_sandbox/gate?min=1&wait=1m", "")
	if a.at("held.0.object") != "contacts" || a.at("held.0.inputs") != "1" || a.at("held.0.op") != "upsert" {
		t.Fatal(a.text)
	}
	if n := c.box.Stats().Records["contacts"]; n != 1 {
		t.Fatalf("%d records while held", n)
	}
	// What is not selected passes.
	c.want(200, "GET", contacts, "")
	go send("b@x.example")
	c.want(200, "GET", "/_sandbox/gate?min=2&wait=1m", "")
	if a := c.want(200, "POST", "/_sandbox/gate/release?count=1", ""); a.at("released") != "1" {
		t.Error(a.text)
	}
	if got := <-statuses; got != 200 {
		t.Errorf("released with %d", got)
	}
	if held := c.box.Held(context.Background(), 1); len(held) != 1 || held[0].ID != 2 {
		t.Errorf("held %v", held)
	}
	// A client that dies is no longer held; what it wrote stays.
	c.http.CloseIdleConnections()
	ctx, leave := context.WithCancel(context.Background())
	gone := make(chan error)
	go func() {
		req, _ := http.NewRequestWithContext(ctx, "POST", c.url+contacts+"/batch/upsert", strings.NewReader(upsertContacts("c@x.example")))
		req.Header.Set("Authorization", "Bearer right")
		_, err := c.http.Do(req)
		gone <- err
	}()
	c.box.Held(context.Background(), 2)
	leave()
	if <-gone == nil {
		t.Error("answered")
	}
	answersLost(t, c.box, 1)
	if a := c.want(200, "GET", "/_sandbox/gate", ""); a.at("held.1") != "<none>" || a.at("held.0.id") != "2" {
		t.Error(a.text)
	}
	if n := c.box.Stats().Records["contacts"]; n != 3 {
		t.Errorf("%d records", n)
	}
	// A reset lets go.
	c.want(204, "POST", "/_sandbox/reset", "")
	if got := <-statuses; got != 200 {
		t.Errorf("reset released with %d", got)
	}
}

func TestFaultControls(t *testing.T) {
	c := start(t, sandbox.Options{})
	c.want(201, "POST", "/_sandbox/faults", `{"kind":"429","retry_after":"2s","object":"companies"}`)
	if a := c.want(201, "POST", "/_sandbox/faults", "500:count=1"); a.at("id") != "2" || a.at("spec") != "500:count=1" {
		t.Error(a.text)
	}
	c.want(500, "GET", contacts, "")
	c.want(200, "GET", contacts, "")
	a := c.want(200, "GET", "/_sandbox/faults", "")
	if a.at("faults.0.fault.retry_after") != "2s" || a.at("faults.0.fired") != "0" || a.at("faults.1.fired") != "1" || a.at("faults.1.matched") != "2" {
		t.Error(a.text)
	}
	c.want(204, "DELETE", "/_sandbox/faults/1", "")
	c.want(404, "DELETE", "/_sandbox/faults/1", "")
	c.want(204, "DELETE", "/_sandbox/faults", "")
	if a := c.want(200, "GET", "/_sandbox/faults", ""); a.at("faults") != "[]" {
		t.Error(a.text)
	}
	for _, bad := range []string{`{"kind":"x"}`, `{"kind":"500","x":1}`, `{"kind":"hang","duration":5}`, `{`, "x", ""} {
		c.want(400, "POST", "/_sandbox/faults", bad)
	}
	if _, err := c.box.AddFault(sandbox.Fault{Kind: "x"}); err == nil {
		t.Error("a fault of no kind was armed")
	}
}

func TestParseFault(t *testing.T) {
	for text, want := range map[string]sandbox.Fault{
		"429:after=3,count=2,retry_after=1s": {Kind: "429", After: 3, Count: 2, RetryAfter: sandbox.Duration(time.Second)},
		"gate":                               {Kind: "gate"},
		" refuse : property=email , value=*@bad.example ":       {Kind: "refuse", Property: "email", Value: "*@bad.example"},
		"latency:duration=1.5s,probability=0.25,op=search":      {Kind: "latency", Duration: sandbox.Duration(1500 * time.Millisecond), Probability: 0.25, Op: "search"},
		"500:status=502,commit=true,nth=3,path=/crm/*,object=x": {Kind: "500", Status: 502, Commit: true, Nth: 3, Path: "/crm/*", Object: "x"},
	} {
		got, err := sandbox.ParseFault(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if again, err := sandbox.ParseFault(got.String()); err != nil || again != got {
			t.Errorf("%q does not survive as %q: %v", text, got, err)
		}
	}
	for text, part := range map[string]string{
		"":                            "no kind",
		"boom":                        "no kind",
		"429:":                        `no setting ""`,
		"429:x=1":                     `no setting "x"`,
		"429:after=-1":                "not a count",
		"429:after=x":                 "not a count",
		"429:retry_after=1":           "not a duration",
		"429:retry_after=-1s":         "not a duration",
		"429:every=2":                 "means nothing",
		"gate:op=read":                "operations that write",
		"500:op=x":                    "no operation",
		"500:status=400":              "500 to 599",
		"500:commit=perhaps":          "neither true nor false",
		"500:probability=2":           "from 0 to 1",
		"500:probability=NaN":         "from 0 to 1",
		"500:probability=x":           "not a number",
		"latency":                     "needs a duration",
		"refuse:value=x":              "needs a property",
		"hang:duration=1s,truncate=1": "means nothing",
	} {
		if _, err := sandbox.ParseFault(text); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v, want %q", text, err, part)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, seed := range []string{"429:after=3,count=2,retry_after=1s", "refuse:property=p,value=*a*", "500:probability=0.5,status=503", "x:y=z", "gate"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return
		}
		again, err := sandbox.ParseFault(fault.String())
		if err != nil || again != fault {
			t.Errorf("%q became %+v, then %q %+v: %v", text, fault, fault.String(), again, err)
		}
	})
}

// Many clients at once leave a log that agrees with the account.
func TestConcurrency(t *testing.T) {
	c := start(t, sandbox.Options{Rate: sandbox.Rate{Max: -1, Search: -1}})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				email := string(rune('a'+(w+i)%5)) + "@x.example"
				if _, err := c.try("POST", contacts+"/batch/upsert", upsertContacts(email)); err != nil {
					t.Error(err)
				}
				_, _ = c.try("POST", contacts+"/search", `{}`)
				_, _ = c.try("GET", "/", "")
				_, _ = c.try("GET", "/_sandbox/state", "")
			}
		})
	}
	wg.Wait()
	created := 0
	for _, e := range c.box.Log(0) {
		if e.Created {
			created++
		}
	}
	if s := c.box.Stats(); created != 5 || s.Records["contacts"] != 5 || s.Updated["contacts"] != 155 {
		t.Errorf("%d created, stats %+v", created, s)
	}
}
