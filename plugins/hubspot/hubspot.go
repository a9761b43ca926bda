package hubspot

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/leat-dev/leat/plugins/sdk"
	"github.com/leat-dev/leat/plugins/sdk/httpx"
)

// Version is the plugin's version.
const Version = "0.1.0"

const defaultURL = "https://api.hubapi.com"

// New returns the plugin.
func New() sdk.Plugin { return plugin{} }

type plugin struct{}

func (plugin) Describe() *sdk.Schema {
	return &sdk.Schema{
		Plugin: "hubspot", Version: Version, API: "CRM v3", Evidence: "D",
		Description: "Contacts, companies and custom objects of HubSpot. Proven against a local double only, never run against the vendor.",
		Config: []sdk.ConfigField{
			{Name: "access_token", Type: "string", Required: true, Secret: true, Description: "Access token of a private app with the crm.objects and crm.schemas scopes of the objects used."},
			{Name: "base_url", Type: "string", Default: defaultURL, Description: "Address of the API; change it only to test."},
			{Name: "timeout_seconds", Type: "int", Default: "30", Description: "Longest wait for one answer, in seconds."},
		},
		Objects: []sdk.Object{contacts(), companies()},
		Limits:  limits(),
		Env:     []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"},
	}
}

// limits are those of a private app on a Professional subscription. Source:
// HubSpot's page on API usage guidelines and its changelog on increased limits.
func limits() []sdk.Limit {
	return []sdk.Limit{
		{Name: "burst", Scope: "account", Amount: 190, Window: 10 * time.Second, Counts: "requests", Description: "Private apps on Professional and Enterprise; 100 on Free and Starter."},
		{Name: "daily", Scope: "account", Amount: 650_000, Window: 24 * time.Hour, Counts: "requests", Description: "All private apps of an account on Professional together."},
		{Name: "search", Scope: "account", Amount: 5, Window: time.Second, Counts: "requests", Description: "Calls of the search endpoint, which finds records of objects without a unique property."},
	}
}

// ValidateConfig checks what the field types cannot say.
func (plugin) ValidateConfig(cfg *sdk.Config) []sdk.Problem {
	_, problems := client(cfg)
	return problems
}

func client(cfg *sdk.Config) (*httpx.Client, []sdk.Problem) {
	seconds := cfg.Int("timeout_seconds")
	if seconds < 1 || seconds > 600 {
		return nil, []sdk.Problem{{Field: "timeout_seconds", Summary: "timeout_seconds is out of range", Detail: "Set it to a number from 1 to 600."}}
	}
	token := cfg.Secret("access_token")
	if token.IsZero() {
		return nil, []sdk.Problem{{Field: "access_token", Summary: "access_token is empty", Detail: "Set it to the access token of a HubSpot private app, such as env(\"HUBSPOT_TOKEN\"), and check that the variable is set."}}
	}
	c, err := httpx.New(httpx.Options{
		BaseURL: cfg.Text("base_url"), Bearer: token, UserAgent: "leat/" + Version, Timeout: time.Duration(seconds) * time.Second,
		Limits: []httpx.LimitHeaders{
			{Limit: "burst", Remaining: "X-HubSpot-RateLimit-Remaining"},
			{Limit: "daily", Remaining: "X-HubSpot-RateLimit-Daily-Remaining"},
		},
	})
	if err != nil {
		return nil, []sdk.Problem{{Field: "base_url", Summary: "base_url is not an address", Detail: "Write it as " + defaultURL + ", without user, query or fragment."}}
	}
	return c, nil
}

func (plugin) Configure(_ context.Context, cfg *sdk.Config) (sdk.Connection, []sdk.Problem) {
	c, problems := client(cfg)
	if len(problems) > 0 {
		return nil, problems
	}
	return &connection{http: c, unique: make(map[string]bool)}, nil
}

type connection struct {
	http *httpx.Client

	mu     sync.Mutex
	unique map[string]bool // by object and property, as far as asked
}

// Check asks for the account's number.
func (c *connection) Check(ctx context.Context) (sdk.Account, []sdk.Problem, error) {
	var details struct {
		PortalID int64 `json:"portalId"`
	}
	response, err := c.get(ctx, nil, "/account-info/v3/details", &details)
	if response != nil && (response.Status == http.StatusUnauthorized || response.Status == http.StatusForbidden) {
		return sdk.Account{}, []sdk.Problem{{Field: "access_token", Summary: "HubSpot refused the access token",
			Detail: "Check that the token is that of an active private app, and that the app was not deleted or its token rotated."}}, nil
	}
	if err != nil {
		return sdk.Account{}, nil, err
	}
	if details.PortalID == 0 {
		return sdk.Account{}, []sdk.Problem{{Field: "base_url", Summary: "the answer names no HubSpot account", Detail: "Check that base_url leads to HubSpot: " + defaultURL + "."}}, nil
	}
	id := strconv.FormatInt(details.PortalID, 10)
	return sdk.Account{Fingerprint: "hubspot:" + id, Label: "HubSpot portal " + id}, nil, nil
}

func (c *connection) Close() error {
	c.http.Close()
	return nil
}

// get reads a JSON document. Every status but 200 is an error; the response is
// returned beside it when one arrived.
func (c *connection) get(ctx context.Context, meter httpx.Meter, path string, into any) (*httpx.Response, error) {
	response, err := c.http.Do(ctx, meter, httpx.Request{Method: http.MethodGet, Path: path})
	if err != nil {
		return response, err
	}
	if response.Status != http.StatusOK {
		return response, &sdk.Fault{Class: sdk.FaultInternal, Code: "HTTP " + strconv.Itoa(response.Status)}
	}
	if json.Unmarshal(response.Body, into) != nil {
		return response, &sdk.Fault{Class: sdk.FaultServer, Code: "answer not readable"}
	}
	return response, nil
}

// post sends a JSON document. An answer that refuses the request (4xx) is not
// an error.
func (c *connection) post(ctx context.Context, meter httpx.Meter, path string, body any) (*httpx.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, &sdk.Fault{Class: sdk.FaultInternal, Code: "request not writable"}
	}
	return c.http.Do(ctx, meter, httpx.Request{Method: http.MethodPost, Path: path, Body: text})
}
