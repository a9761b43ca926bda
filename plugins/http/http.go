package http

import (
	"context"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leat-dev/leat/plugins/sdk"
	"github.com/leat-dev/leat/plugins/sdk/httpx"
)

// Version is the plugin's version.
const Version = "0.1.0"

// What an API of which nothing is known is asked to bear.
const (
	requestsPerSecond = 10
	maxConcurrent     = 4
)

// New returns the plugin.
func New() sdk.Plugin { return plugin{} }

type plugin struct{}

func (plugin) Describe() *sdk.Schema {
	return &sdk.Schema{
		Plugin: "http", Version: Version, Evidence: "D", Declared: true,
		Description: "Any HTTP API that takes one JSON record a request; `object` blocks declare its objects. Proven against a local double only.",
		Config: []sdk.ConfigField{
			{Name: "base_url", Type: "string", Required: true, Description: "Address that the paths of the requests follow, such as https://loyalty.example.com/v1."},
			{Name: "bearer_token", Type: "string", Secret: true, Description: "Sent as `Authorization: Bearer`."},
			{Name: "username", Type: "string", Description: "Sent with password as `Authorization: Basic`."},
			{Name: "password", Type: "string", Secret: true, Description: "Sent with username as `Authorization: Basic`."},
			{Name: "api_key", Type: "string", Secret: true, Description: "Sent in the header that api_key_header names."},
			{Name: "api_key_header", Type: "string", Default: "X-API-Key", Description: "The header for api_key."},
			{Name: "content_type", Type: "string", Default: "application/json", Description: "The content type of bodies, which are JSON."},
			{Name: "check_path", Type: "string", Description: "Path that is read once before anything is sent, to see that the credentials are accepted, such as /me."},
			{Name: "timeout_seconds", Type: "int", Default: "30", Description: "Longest wait for one answer, in seconds."},
			{Name: "requests_per_second", Type: "int", Default: strconv.Itoa(requestsPerSecond), Description: "Most requests a second."},
			{Name: "max_concurrent", Type: "int", Default: strconv.Itoa(maxConcurrent), Description: "Most requests at a time."},
		},
		Limits: []sdk.Limit{{Name: "requests", Scope: "account", Window: time.Second, Amount: requestsPerSecond, Concurrent: maxConcurrent, Counts: "requests",
			AmountFrom: "requests_per_second", ConcurrentFrom: "max_concurrent", Description: "What the config block says; these are the defaults."}},
		Env: []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"},
	}
}

// ValidateConfig checks what the field types cannot say.
func (plugin) ValidateConfig(cfg *sdk.Config) []sdk.Problem {
	_, problems := client(cfg)
	return problems
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // RFC 9110, section 5.1

func client(cfg *sdk.Config) (*httpx.Client, []sdk.Problem) {
	header, problems := credentials(cfg)
	seconds := cfg.Int("timeout_seconds")
	if seconds < 1 || seconds > 600 {
		problems = append(problems, sdk.Problem{Field: "timeout_seconds", Summary: "timeout_seconds is out of range", Detail: "Set it to a number from 1 to 600."})
	}
	c, err := httpx.New(httpx.Options{BaseURL: cfg.Text("base_url"), Bearer: cfg.Secret("bearer_token"), Header: header,
		UserAgent: "leat/" + Version, Timeout: time.Duration(seconds) * time.Second})
	if err != nil {
		problems = append(problems, sdk.Problem{Field: "base_url", Summary: "base_url is not an address",
			Detail: "Write it as https://loyalty.example.com/v1, without user, query or fragment."})
	}
	return c, problems
}

// credentials makes the headers that hold secrets. A project uses one way to
// sign in: two would hide which of them counts.
func credentials(cfg *sdk.Config) (map[string]string, []sdk.Problem) {
	header := map[string]string{}
	var problems []sdk.Problem
	ways := slices.DeleteFunc([]string{"bearer_token", "password", "api_key"}, func(name string) bool { return !cfg.Has(name) })
	if len(ways) > 1 {
		problems = append(problems, sdk.Problem{Field: ways[1], Summary: "there are two kinds of credentials", Detail: "Keep one of " + strings.Join(ways, ", ") + "."})
	}
	for _, name := range ways {
		text := cfg.Secret(name).Reveal()
		if text == "" || strings.ContainsAny(text, "\r\n\x00") {
			problems = append(problems, sdk.Problem{Field: name, Summary: name + " is empty or has several lines", Detail: "Check that the environment variable holds the credential, on one line."})
		}
	}
	if cfg.Has("username") != cfg.Has("password") {
		problems = append(problems, sdk.Problem{Field: "username", Summary: "username and password go together", Detail: "Set both, or neither."})
	}
	if cfg.Has("password") {
		header["Authorization"] = "Basic " + basic(cfg)
	}
	if cfg.Has("api_key") {
		header[cfg.Text("api_key_header")] = cfg.Secret("api_key").Reveal()
	}
	if name := cfg.Text("api_key_header"); !headerName.MatchString(name) {
		problems = append(problems, sdk.Problem{Field: "api_key_header", Summary: "api_key_header is not the name of a header", Detail: `Write a name such as "X-API-Key".`})
	}
	return header, problems
}

// basic is the credential of basic authentication.
func basic(cfg *sdk.Config) string {
	return base64.StdEncoding.EncodeToString([]byte(cfg.Text("username") + ":" + cfg.Secret("password").Reveal()))
}

func (plugin) Configure(_ context.Context, cfg *sdk.Config) (sdk.Connection, []sdk.Problem) {
	client, problems := client(cfg)
	if len(problems) > 0 {
		return nil, problems
	}
	c := &connection{http: client, base: strings.TrimSuffix(cfg.Text("base_url"), "/"), contentType: cfg.Text("content_type"),
		checkPath: cfg.Text("check_path"), objects: map[string]object{}}
	for _, name := range []string{"bearer_token", "password", "api_key"} {
		if s := cfg.Secret(name); !s.IsZero() {
			c.secrets = append(c.secrets, s)
		}
	}
	if cfg.Has("password") {
		c.secrets = append(c.secrets, sdk.NewSecret(basic(cfg)))
	}
	for _, o := range cfg.Objects {
		c.objects[o.Name] = objectOf(o)
	}
	return c, nil
}

type connection struct {
	http        *httpx.Client
	base        string
	contentType string
	checkPath   string
	secrets     []sdk.Secret
	objects     map[string]object // as declared
}

// Check asks the API when there is something to ask it. The account is the
// address: an API of which nothing is known has no other name for it.
func (c *connection) Check(ctx context.Context) (sdk.Account, []sdk.Problem, error) {
	account := sdk.Account{Fingerprint: "http:" + c.base, Label: c.base}
	if c.checkPath == "" {
		return account, nil, nil
	}
	answer, err := c.http.Do(ctx, nil, httpx.Request{Method: http.MethodGet, Path: c.checkPath})
	switch {
	case answer != nil && (answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden):
		return sdk.Account{}, []sdk.Problem{{Summary: "the API refused the credentials", Detail: "Check that the credentials of the config block are those of an active user, and that they may read check_path."}}, nil
	case err != nil:
		return sdk.Account{}, nil, err
	case answer.Status >= 300:
		return sdk.Account{}, []sdk.Problem{{Field: "check_path", Summary: "check_path was answered with HTTP " + strconv.Itoa(answer.Status),
			Detail: "Name a path below base_url that can be read with these credentials."}}, nil
	}
	return account, nil, nil
}

func (c *connection) Close() error {
	c.http.Close()
	return nil
}
