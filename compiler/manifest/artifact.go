package manifest

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/lang/diag"
)

// artifact is what the three readers share: which file dbt calls it, which
// versions are readable, and which command writes it.
type artifact struct {
	file     string // "manifest.json"
	schema   string // as in dbt_schema_version: "manifest"
	min, max int
	command  string
	name     string // display name of the file read
	meta     Metadata
	sawMeta  bool
	diags    diag.Diagnostics
}

// errRefused stops a read whose reason is already among the diagnostics;
// errEmpty is a file without content.
var (
	errRefused = errors.New("refused")
	errEmpty   = errors.New("empty")
)

type rawMetadata struct {
	SchemaVersion text               `json:"dbt_schema_version"`
	DbtVersion    text               `json:"dbt_version"`
	GeneratedAt   text               `json:"generated_at"`
	InvocationID  text               `json:"invocation_id"`
	Project       text               `json:"project_name"`
	Adapter       text               `json:"adapter_type"`
	Quoting       object[rawQuoting] `json:"quoting"`
}

type rawQuoting struct {
	Database   flag `json:"database"`
	Schema     flag `json:"schema"`
	Identifier flag `json:"identifier"`
}

// read streams the file's top-level object. member is called after each name
// but "metadata" and returns false when it did not consume the value.
func (a *artifact) read(r io.Reader, member func(dec *jsontext.Decoder, key string) (bool, error)) {
	src := &watched{r: r}
	dec := jsontext.NewDecoder(src, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := a.readObject(dec, member)
	switch {
	case err == nil:
		if !a.sawMeta {
			a.wrongKind("It is JSON, but has no `metadata` as every file of dbt does.")
		}
	case errors.Is(err, errRefused):
	case src.err != nil:
		a.add(diag.ArtifactUnread, "Reading %s failed: %s. Check the file and try again.", a.name, src.err)
	case errors.Is(err, errEmpty):
		a.add(diag.ArtifactEmpty, "%s is empty. Run `%s` to write it again.", a.name, a.command)
	default:
		at := dec.InputOffset()
		var syn *jsontext.SyntacticError
		if errors.As(err, &syn) {
			at = syn.ByteOffset
		}
		what := "is not valid JSON"
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			what, at = "ends too early", src.n
		}
		a.add(diag.ArtifactDamaged, "%s %s (at byte %d). Run `%s` to write it again.", a.name, what, at, a.command)
	}
}

func (a *artifact) readObject(dec *jsontext.Decoder, member func(*jsontext.Decoder, string) (bool, error)) error {
	switch dec.PeekKind() {
	case '{':
	case jsontext.KindInvalid:
		_, err := dec.ReadToken()
		if errors.Is(err, io.EOF) {
			return errEmpty
		}
		return err
	default:
		if err := dec.SkipValue(); err != nil {
			return err
		}
		a.wrongKind("Its content is JSON, but not an object.")
		return errRefused
	}
	err := eachMember(dec, func(key string) error {
		if key == "metadata" && dec.PeekKind() == '{' {
			return a.readMetadata(dec)
		}
		used, err := member(dec, key)
		if err == nil && !used {
			err = dec.SkipValue()
		}
		return err
	})
	if err != nil {
		return err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("more than one value")
		}
		return err
	}
	return nil
}

func (a *artifact) readMetadata(dec *jsontext.Decoder) error {
	var raw rawMetadata
	if err := json.UnmarshalDecode(dec, &raw); err != nil {
		return err
	}
	a.sawMeta = true
	schema, version := schemaVersion(string(raw.SchemaVersion))
	if schema != a.schema {
		switch schema {
		case "":
			a.wrongKind("Its metadata states no dbt schema version.")
		default:
			a.wrongKind("It is a %s, not a %s.", title(schema), title(a.schema))
		}
		return errRefused
	}
	by := ""
	if raw.DbtVersion != "" {
		by = " by dbt " + string(raw.DbtVersion)
	}
	switch {
	case version == 20 && a.schema == "manifest":
		version = 12 // early builds of the Rust engine; same content
	case version < a.min:
		a.add(diag.ArtifactTooOld, "%s was written in schema v%d%s; leat reads v%d and later, which dbt 1.0 and later write. Upgrade dbt to 1.0 or later (1.8 or later is best) and run `%s`.",
			a.name, version, by, a.min, a.command)
		return errRefused
	case version > a.max:
		a.add(diag.ArtifactNewer, "%s was written in schema v%d%s; this leat knows v%d to v%d and reads it as v%d. Upgrade leat if something looks wrong.",
			a.name, version, by, a.min, a.max, a.max)
		version = a.max
	}
	a.meta = Metadata{
		SchemaVersion: version,
		DbtVersion:    string(raw.DbtVersion),
		Engine:        engineOf(string(raw.DbtVersion)),
		Adapter:       strings.ToLower(string(raw.Adapter)),
		Project:       string(raw.Project),
		InvocationID:  string(raw.InvocationID),
		GeneratedAt:   parseTime(string(raw.GeneratedAt)),
	}
	a.meta.Quoting = defaultQuoting(a.meta.Adapter).with(raw.Quoting.v)
	return nil
}

func (a *artifact) add(code diag.Code, detail string, args ...any) {
	a.diags.Append(diag.New(code, fileRange(a.name), detail, args...))
}

func (a *artifact) wrongKind(why string, args ...any) {
	d := diag.New(diag.ArtifactWrongKind, fileRange(a.name), why, args...)
	d.Detail = "This file was read as dbt's " + a.file + ". " + d.Detail + " Give the " + a.file + " that `" + a.command + "` writes."
	a.diags.Append(d.WithSummary("%s is not a %s", a.name, title(a.schema)))
}

// skipOdd skips an entry whose shape is none of dbt's, and reports it.
func (a *artifact) skipOdd(dec *jsontext.Decoder, section, key string) error {
	if err := dec.SkipValue(); err != nil {
		return err
	}
	a.add(diag.ArtifactOddEntry, "The entry %q of %q in %s is not an object and was skipped.", key, section, a.name)
	return nil
}

// schemaVersion splits "https://schemas.getdbt.com/dbt/manifest/v12.json" into
// "manifest" and 12.
func schemaVersion(url string) (schema string, version int) {
	parts := strings.Split(url, "/")
	if len(parts) < 2 {
		return "", 0
	}
	last := parts[len(parts)-1]
	v, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(last, "v"), ".json"))
	if err != nil || v < 0 {
		return "", 0
	}
	return parts[len(parts)-2], v
}

func title(schema string) string {
	switch schema {
	case "run-results":
		return "dbt run results file"
	case "manifest", "catalog":
		return "dbt " + schema
	}
	return "dbt " + strconv.Quote(schema) + " file"
}

func engineOf(version string) Engine {
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err == nil && n >= 2 {
		return EngineV2
	}
	return EngineV1
}

func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		// Some releases leave the zone out; dbt's clocks are UTC.
		if t, err = time.Parse("2006-01-02T15:04:05.999999999", s); err != nil {
			return time.Time{}
		}
	}
	return t.UTC()
}

// fileRange is the start of a file: artifacts are one long line, so a byte
// offset goes into the detail instead.
func fileRange(name string) diag.Range {
	if name == "" {
		return diag.Range{}
	}
	return diag.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// watched remembers how a reader ended, to tell a broken disk from a broken
// file.
type watched struct {
	r   io.Reader
	n   int64
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		w.err = err
	}
	return n, err
}
