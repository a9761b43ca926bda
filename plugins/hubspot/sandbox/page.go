package sandbox

import (
	"bytes"
	_ "embed"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// What the page shows at most.
const (
	pageRows     = 100
	pageRequests = 30
)

// pageData is what the page shows.
type pageData struct {
	Portal   int64
	Held     int
	Faults   []armed
	Objects  []pageObject
	Requests []pageRequest // the newest first
}

type pageObject struct {
	Name    string
	Total   int
	More    int
	Columns []string // properties of which some record has a value
	Rows    []pageRow
}

type pageRow struct {
	ID, Changed string
	Values      []string
}

type pageRequest struct {
	At, Method, Path, Object, Op, Answer, Fault string
	Bad                                         bool
}

// page is for people who want to watch.
func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	data := s.look()
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, data); err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // the client may have left
}

func (s *Server) look() pageData {
	faults := s.armed()
	s.mu.Lock()
	defer s.mu.Unlock()
	data := pageData{Portal: s.opt.PortalID, Held: len(s.held), Faults: faults}
	for _, t := range s.crm.tables {
		data.Objects = append(data.Objects, t.look())
	}
	for _, e := range slices.Backward(s.journal.entries) {
		if e.Type != LogAnswer {
			continue
		}
		r := pageRequest{At: e.At.UTC().Format("15:04:05.000"), Method: e.Method, Path: e.Path, Object: e.Object, Op: e.Op, Fault: e.Fault}
		r.Answer, r.Bad = strconv.Itoa(e.Status), e.Status >= 300 || e.Status == http.StatusMultiStatus || !e.Delivered
		if !e.Delivered {
			r.Answer = "not delivered"
		}
		data.Requests = append(data.Requests, r)
		if len(data.Requests) == pageRequests {
			break
		}
	}
	return data
}

// look shows the records changed last first, and only columns that hold something.
func (t *table) look() pageObject {
	o := pageObject{Name: t.Name, Total: len(t.ids), More: max(0, len(t.ids)-pageRows)}
	records := make([]*record, 0, len(t.ids))
	for _, id := range t.ids {
		records = append(records, t.records[id])
	}
	slices.SortStableFunc(records, func(a, b *record) int { return b.updated.Compare(a.updated) })
	records = records[:len(records)-o.More]
	used := map[string]bool{}
	for _, r := range records {
		for name := range r.values {
			used[name] = true
		}
	}
	// The properties people know a record by stand first.
	for _, name := range t.Shown {
		if used[name] {
			o.Columns = append(o.Columns, name)
			delete(used, name)
		}
	}
	o.Columns = append(o.Columns, slices.Sorted(maps.Keys(used))...)
	for _, r := range records {
		row := pageRow{ID: strconv.FormatInt(r.id, 10), Changed: r.updated.UTC().Format("15:04:05")}
		for _, name := range o.Columns {
			row.Values = append(row.Values, r.values[name])
		}
		o.Rows = append(o.Rows, row)
	}
	return o
}
