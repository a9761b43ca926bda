package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of faults.
const (
	// Fault429 answers 429 and does nothing.
	Fault429 = "429"
	// Fault500 answers with a server error; with Commit it does the work first.
	Fault500 = "500"
	// FaultHang waits for Duration, or for ever, then goes on; a client that left gets nothing done.
	// With Commit the work is done before the wait.
	FaultHang = "hang"
	// FaultCutBefore cuts the connection before anything is done.
	FaultCutBefore = "cut_before"
	// FaultCutAfter cuts the connection after the work, before the answer; with Truncate in the middle of the answer.
	FaultCutAfter = "cut_after"
	// FaultPartial refuses every Every-th record of a batch.
	FaultPartial = "partial"
	// FaultRefuse refuses records whose Property would hold a value that matches Value.
	FaultRefuse = "refuse"
	// FaultLatency waits for Duration before the work.
	FaultLatency = "latency"
	// FaultGate holds the answer to a batch that was committed until it is released.
	FaultGate = "gate"
)

// Fault is a misbehaviour and the requests it befalls. A request befalls it when everything that is set selects it;
// After, Nth and Count count the requests that the others select.
type Fault struct {
	Kind string `json:"kind"`

	Path        string  `json:"path,omitempty"`        // pattern of the URL's path; * stands for any text
	Object      string  `json:"object,omitempty"`      // "contacts"
	Op          string  `json:"op,omitempty"`          // "upsert"; "write" is create, update, upsert and archive
	After       int     `json:"after,omitempty"`       // leaves alone the first so many
	Nth         int     `json:"nth,omitempty"`         // befalls each nth from there
	Count       int     `json:"count,omitempty"`       // befalls at most so many
	Probability float64 `json:"probability,omitempty"` // befalls by chance, from the sandbox's seed; 0 is always

	RetryAfter Duration `json:"retry_after,omitempty"` // of 429: the header, in whole seconds; 0 leaves it out
	Status     int      `json:"status,omitempty"`      // of 500: another status from 500 to 599
	Duration   Duration `json:"duration,omitempty"`    // of hang and latency
	Commit     bool     `json:"commit,omitempty"`      // of 500 and hang: after the work
	Truncate   bool     `json:"truncate,omitempty"`    // of cut_after: half the answer is sent
	Every      int      `json:"every,omitempty"`       // of partial; 0 is 2
	Property   string   `json:"property,omitempty"`    // of refuse
	Value      string   `json:"value,omitempty"`       // of refuse: a pattern; * stands for any text
	Category   string   `json:"category,omitempty"`    // of partial and refuse; "" is VALIDATION_ERROR
}

// Duration is a time.Duration written as "1.5s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration such as 1.5s", text)
	}
	*d = Duration(v)
	return nil
}

// faultKinds are the kinds, and the keys that mean something to each beside those that select requests.
var faultKinds = map[string][]string{
	Fault429:       {"retry_after"},
	Fault500:       {"status", "commit"},
	FaultHang:      {"duration", "commit"},
	FaultCutBefore: {},
	FaultCutAfter:  {"truncate"},
	FaultPartial:   {"every", "category"},
	FaultRefuse:    {"property", "value", "category"},
	FaultLatency:   {"duration"},
	FaultGate:      {},
}

// faultKey is a key of the text form: how it is read into a fault, and how written ("" when it is not set).
type faultKey struct {
	name    string
	selects bool // means something to every kind
	set     func(f *Fault, value string) error
	get     func(f *Fault) string
}

var faultKeys = []faultKey{
	textKey("path", true, func(f *Fault) *string { return &f.Path }),
	textKey("object", true, func(f *Fault) *string { return &f.Object }),
	textKey("op", true, func(f *Fault) *string { return &f.Op }),
	countKey("after", true, func(f *Fault) *int { return &f.After }),
	countKey("nth", true, func(f *Fault) *int { return &f.Nth }),
	countKey("count", true, func(f *Fault) *int { return &f.Count }),
	{name: "probability", selects: true, set: setProbability, get: getProbability},
	durationKey("retry_after", func(f *Fault) *Duration { return &f.RetryAfter }),
	countKey("status", false, func(f *Fault) *int { return &f.Status }),
	durationKey("duration", func(f *Fault) *Duration { return &f.Duration }),
	boolKey("commit", func(f *Fault) *bool { return &f.Commit }),
	boolKey("truncate", func(f *Fault) *bool { return &f.Truncate }),
	countKey("every", false, func(f *Fault) *int { return &f.Every }),
	textKey("property", false, func(f *Fault) *string { return &f.Property }),
	textKey("value", false, func(f *Fault) *string { return &f.Value }),
	textKey("category", false, func(f *Fault) *string { return &f.Category }),
}

func textKey(name string, selects bool, field func(*Fault) *string) faultKey {
	return faultKey{name, selects,
		func(f *Fault, v string) error { *field(f) = v; return nil },
		func(f *Fault) string { return *field(f) }}
}

func countKey(name string, selects bool, field func(*Fault) *int) faultKey {
	return faultKey{name, selects,
		func(f *Fault, v string) error {
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 {
				return fmt.Errorf("%q is not a count", v)
			}
			*field(f) = n
			return nil
		},
		func(f *Fault) string {
			if *field(f) == 0 {
				return ""
			}
			return strconv.Itoa(*field(f))
		}}
}

func durationKey(name string, field func(*Fault) *Duration) faultKey {
	return faultKey{name, false,
		func(f *Fault, v string) error { return field(f).UnmarshalText([]byte(v)) },
		func(f *Fault) string {
			if *field(f) == 0 {
				return ""
			}
			return time.Duration(*field(f)).String()
		}}
}

func boolKey(name string, field func(*Fault) *bool) faultKey {
	return faultKey{name, false,
		func(f *Fault, v string) (err error) {
			if *field(f), err = strconv.ParseBool(v); err != nil {
				return fmt.Errorf("%q is neither true nor false", v)
			}
			return nil
		},
		func(f *Fault) string {
			if !*field(f) {
				return ""
			}
			return "true"
		}}
}

func setProbability(f *Fault, v string) error {
	p, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return fmt.Errorf("%q is not a number", v)
	}
	f.Probability = p
	return nil
}

func getProbability(f *Fault) string {
	if f.Probability == 0 {
		return ""
	}
	return strconv.FormatFloat(f.Probability, 'g', -1, 64)
}

// ParseFault reads the text form of a fault: a kind, then a colon and settings parted by commas, as in
// "429:after=3,count=2,retry_after=1s". The names are those of the JSON form. A value cannot hold a comma; use the
// JSON form for that.
func ParseFault(text string) (Fault, error) {
	kind, rest, some := strings.Cut(text, ":")
	f := Fault{Kind: strings.TrimSpace(kind)}
	if some {
		for setting := range strings.SplitSeq(rest, ",") {
			name, value, _ := strings.Cut(setting, "=")
			name = strings.TrimSpace(name)
			i := slices.IndexFunc(faultKeys, func(k faultKey) bool { return k.name == name })
			if i < 0 {
				return Fault{}, fmt.Errorf("fault %q: there is no setting %q", text, name)
			}
			if err := faultKeys[i].set(&f, strings.TrimSpace(value)); err != nil {
				return Fault{}, fmt.Errorf("fault %q: %s: %w", text, name, err)
			}
		}
	}
	if err := f.Validate(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

// String is the text form.
func (f Fault) String() string {
	var settings []string
	for _, k := range faultKeys {
		if v := k.get(&f); v != "" {
			settings = append(settings, k.name+"="+v)
		}
	}
	if len(settings) == 0 {
		return f.Kind
	}
	return f.Kind + ":" + strings.Join(settings, ",")
}

// Validate says what is wrong with a fault.
func (f Fault) Validate() error {
	means, ok := faultKinds[f.Kind]
	if !ok {
		return fmt.Errorf("there is no kind %q; the kinds are %s", f.Kind, strings.Join(slices.Sorted(maps.Keys(faultKinds)), ", "))
	}
	for _, k := range faultKeys {
		if !k.selects && k.get(&f) != "" && !slices.Contains(means, k.name) {
			return fmt.Errorf("%s means nothing to the kind %s", k.name, f.Kind)
		}
	}
	switch {
	case f.Op != "" && f.Op != "write" && !slices.Contains(operations, f.Op):
		return fmt.Errorf("there is no operation %q; the operations are write, %s", f.Op, strings.Join(operations, ", "))
	case min(f.After, f.Nth, f.Count, f.Every) < 0 || min(f.RetryAfter, f.Duration) < 0:
		return fmt.Errorf("counts and durations are not negative")
	case !(f.Probability >= 0 && f.Probability <= 1):
		return fmt.Errorf("a probability is from 0 to 1")
	case f.Status != 0 && (f.Status < 500 || f.Status > 599):
		return fmt.Errorf("a status is from 500 to 599")
	case f.Kind == FaultLatency && f.Duration == 0:
		return fmt.Errorf("latency needs a duration")
	case f.Kind == FaultRefuse && f.Property == "":
		return fmt.Errorf("refuse needs a property")
	case f.touchesRecords() && f.Op != "" && f.Op != "write" && !writes(f.Op):
		return fmt.Errorf("the kind %s is for operations that write", f.Kind)
	}
	return nil
}

// touchesRecords reports whether a fault is one of a batch's records, or of a batch that was committed.
func (f Fault) touchesRecords() bool {
	return f.Kind == FaultPartial || f.Kind == FaultRefuse || f.Kind == FaultGate
}

// glob matches a text against a pattern in which * stands for any text.
func glob(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !strings.HasPrefix(text, head) {
		return false
	}
	text = text[len(head):]
	if !star {
		return text == ""
	}
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
