package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSandboxServes: the line says where it is when it is ready, it holds the
// seed, and an interrupt ends it with success.
func TestSandboxServes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "seed.json"), []byte(`{"contacts": [{"email": "ann@example.com"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	in, out := io.Pipe()
	ended := make(chan Exit, 1)
	go func() {
		ended <- Do(ctx, []string{"sandbox", "--listen", "127.0.0.1:0", "--json", "--token", "secret", "--seed", "seed.json", "--log", "log.jsonl", "--fault", "429:path=/crm/v3/schemas"},
			System{Out: out, Err: io.Discard, Dir: dir, Env: func(string) (string, bool) { return "", false }, Now: time.Now})
		_ = out.Close()
	}()
	var ready struct{ URL, Token string }
	if err := json.NewDecoder(in).Decode(&ready); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, in) }()
	get := func(path, token string) (int, string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, ready.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	if status, body := get("/crm/v3/objects/contacts", ready.Token); status != 200 || !strings.Contains(body, "ann@example.com") {
		t.Errorf("contacts: %d %s", status, body)
	}
	if status, _ := get("/crm/v3/objects/contacts", "other"); status != 401 {
		t.Errorf("another token: %d", status)
	}
	if status, _ := get("/crm/v3/schemas", ready.Token); status != 429 {
		t.Errorf("the fault: %d", status)
	}
	interrupt()
	if code := <-ended; code != OK {
		t.Errorf("exit %d", code)
	}
	log, err := os.ReadFile(filepath.Join(dir, "log.jsonl"))
	if err != nil || !bytes.Contains(log, []byte("/crm/v3/schemas")) {
		t.Errorf("log: %v\n%s", err, log)
	}
}

func TestSandboxRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"broken.json": `{"contacts": [`, "list.json": `[1]`, "unknown.json": `{"contacts": [{"email": "canary@example.com", "nope": "canary"}]}`,
		"foreign.json": `{"portal_id": 7, "next_id": 1, "objects": {}}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		code Exit
		says string
	}{
		{"--listen 0.0.0.0:0", Usage, "loopback"},
		{"--listen 8765", Usage, "--listen"},
		{"--fault nope", Usage, "--fault"},
		{"--rate-limit 0", Usage, "--rate-limit"},
		{"more", Usage, "--help"},
		{"--seed missing.json", Failed, "LEAT0905"},
		{"--seed broken.json", Failed, "LEAT0905"},
		{"--seed list.json", Failed, "lists of records"},
		{"--seed unknown.json", Failed, "PROPERTY_DOESNT_EXIST"},
		{"--seed foreign.json", Failed, "account 7"},
	} {
		code, out, errs := invoke(t, dir, append([]string{"sandbox", "--listen", "127.0.0.1:0"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(errs, c.says) || strings.Contains(out+errs, "canary") {
			t.Errorf("%s: exit %d\n%s%s", c.args, code, out, errs)
		}
	}
}
