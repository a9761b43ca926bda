package profile

import (
	"path"
	"strings"

	"github.com/leat-dev/leat/lang/diag"
)

// DuckDB is how dbt-duckdb reaches its database.
type DuckDB struct {
	// Path is the file as written, relative to the folder dbt runs in;
	// ":memory:" when none is given. For MotherDuck it is the part before "?",
	// where a token may follow.
	Path       string
	InMemory   bool
	MotherDuck bool
	Database   string // default: the file's name without its extension
	Schema     string // default: main
}

// DuckDB reads the settings of a duckdb target (dbt-duckdb, credentials.py).
func (t *Target) DuckDB() (DuckDB, diag.Diagnostics) {
	r := reader{t: t}
	d := DuckDB{Path: r.text("path", ":memory:"), Schema: r.text("schema", "main")}
	d.MotherDuck = strings.HasPrefix(d.Path, "md:") || strings.HasPrefix(d.Path, "motherduck:")
	if d.MotherDuck {
		d.Path, _, _ = strings.Cut(d.Path, "?")
	}
	d.InMemory = d.Path == ":memory:" || strings.HasPrefix(d.Path, ":memory:")
	base := path.Base(strings.ReplaceAll(d.Path, `\`, "/"))
	switch {
	case d.InMemory:
		base = "memory"
	case d.MotherDuck:
		_, base, _ = strings.Cut(d.Path, ":")
	default:
		base = strings.TrimSuffix(base, path.Ext(base))
	}
	d.Database = r.text("database", base)
	return d, r.diags
}

// Postgres is how dbt-postgres (and, with the same keys, dbt-redshift) reaches
// its server.
type Postgres struct {
	Host        string
	Port        int // default: 5432
	User        string
	Password    Secret
	DBName      string // dbname or database
	Schema      string
	Role        string
	SearchPath  string
	SSLMode     string // "" leaves it to the driver
	SSLCert     string
	SSLKey      string // the key's file
	SSLRootCert string
	// KeepalivesIdle and ConnectTimeout are seconds; 0 leaves them to the driver.
	KeepalivesIdle int
	ConnectTimeout int
}

// Postgres reads the settings of a postgres target.
func (t *Target) Postgres() (Postgres, diag.Diagnostics) {
	r := reader{t: t}
	p := Postgres{
		Host:           r.needed("host"),
		Port:           r.number("port", 5432),
		User:           r.needed("user", "username"),
		Password:       r.secret("password", "pass"),
		DBName:         r.needed("dbname", "database"),
		Schema:         r.text("schema", ""),
		Role:           r.text("role", ""),
		SearchPath:     r.text("search_path", ""),
		SSLMode:        r.text("sslmode", ""),
		SSLCert:        r.text("sslcert", ""),
		SSLKey:         r.text("sslkey", ""),
		SSLRootCert:    r.text("sslrootcert", ""),
		KeepalivesIdle: r.number("keepalives_idle", 0),
		ConnectTimeout: r.number("connect_timeout", 0),
	}
	return p, r.diags
}

// reader takes typed settings out of a target and collects what is wrong.
type reader struct {
	t     *Target
	diags diag.Diagnostics
}

// text returns a setting that is not itself secret; a value that a secret
// variable supplied is used as it is, for it is the user who put it there.
func (r *reader) text(key, otherwise string) string {
	v, ok := r.t.Fields[key]
	if !ok || v.Kind == Null || v.text == "" {
		return otherwise
	}
	return v.text
}

// needed returns the first of the keys that is set.
func (r *reader) needed(keys ...string) string {
	for _, k := range keys {
		if s := r.text(k, ""); s != "" {
			return s
		}
	}
	r.diags.Append(diag.New(diag.ProfileFieldNeeded, r.t.Range, "The target %q of type %s has no `%s:`. Add it to profiles.yml.", r.t.Name, r.t.Type, keys[0]).
		WithSummary("Profile lacks %q", keys[0]))
	return ""
}

func (r *reader) number(key string, otherwise int) int {
	v, ok := r.t.Fields[key]
	if !ok || v.Kind == Null {
		return otherwise
	}
	v.Hidden = false
	n, ok := v.Int()
	if !ok {
		r.diags.Append(diag.New(diag.ProfileConversion, v.Range, "%q must be a whole number.", key))
		return otherwise
	}
	return n
}

func (r *reader) secret(keys ...string) Secret {
	for _, k := range keys {
		if v, ok := r.t.Fields[k]; ok && v.Kind != Null {
			return v.Secret()
		}
	}
	return Secret{}
}
