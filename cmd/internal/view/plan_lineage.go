package view

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// The drawing of a plan's lineage, in pixels: three columns of names, one line
// an activation.
const (
	lineageShown = 200 // activations
	lineageRunes = 36  // of a name
	lineageRune  = 8   // width of a character
	lineageRow   = 24
	lineageName  = 300 // width of a column of names
	lineageGap   = 80  // between two columns
)

type htmlLineage struct {
	Width, Height int
	Nodes         []htmlNode
	Links         []htmlLink
	Rest          string // what is not drawn
}

type htmlNode struct {
	X, Y   int
	Anchor string // start or end: the end of the text that is at X
	Text   string
}

type htmlLink struct{ Class, Path string }

// lineage draws from which model over which activation rows go to which object.
// Models and objects stand in the middle of their activations, which are put in
// order by model.
func lineage(order []weighed) *htmlLineage {
	out := &htmlLineage{Width: 3*lineageName + 2*lineageGap}
	if n := len(order) - lineageShown; n > 0 {
		out.Rest = restText(order[lineageShown:])
		order = order[:lineageShown]
	}
	acts := slices.Clone(order)
	slices.SortStableFunc(acts, func(a, b weighed) int {
		return cmp.Or(cmp.Compare(a.Source.Name, b.Source.Name), cmp.Compare(targetName(a.Activation), targetName(b.Activation)), cmp.Compare(a.Address, b.Address))
	})
	var models, objects places
	for i, w := range acts {
		if w.Removed == "" {
			models.add(w.Source.Name, i)
		}
		objects.add(targetName(w.Activation), i)
	}
	models.settle()
	objects.settle()
	second, third := lineageName+lineageGap, 2*(lineageName+lineageGap)
	for i, w := range acts {
		y := (i + 1) * lineageRow
		class := ""
		if w.rank <= rankRemoves {
			class = kindNames[w.rank]
		}
		name := clip(line(w.Name), lineageRunes)
		out.Nodes = append(out.Nodes, htmlNode{second, y, "start", name})
		if w.Removed == "" {
			out.Links = append(out.Links, curve(class, lineageName, models.at(w.Source.Name), second, y))
		}
		out.Links = append(out.Links, curve(class, second+lineageRune*utf8.RuneCountInString(name)+4, y, third, objects.at(targetName(w.Activation))))
	}
	for _, p := range models {
		out.Nodes = append(out.Nodes, htmlNode{lineageName - 4, p.y, "end", clip(line(p.name), lineageRunes)})
	}
	for _, p := range objects {
		out.Nodes = append(out.Nodes, htmlNode{third, p.y, "start", clip(line(p.name), lineageRunes)})
	}
	for _, n := range out.Nodes {
		out.Height = max(out.Height, n.Y+lineageRow/2)
	}
	return out
}

func curve(class string, x1, y1, x2, y2 int) htmlLink {
	y1, y2 = y1-4, y2-4 // the middle of a line of text
	mid := (x1 + x2) / 2
	return htmlLink{class, fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, mid, y1, mid, y2, x2-4, y2)}
}

// places are names of one column with their height, in order of first use.
type places []height

type height struct {
	name   string
	sum, n int
	y      int
}

func (p *places) add(name string, row int) {
	for i := range *p {
		if (*p)[i].name == name {
			(*p)[i].sum, (*p)[i].n = (*p)[i].sum+row+1, (*p)[i].n+1
			return
		}
	}
	*p = append(*p, height{name: name, sum: row + 1, n: 1})
}

// settle puts each name in the middle of its activations, and pushes those
// down that would stand on another.
func (p places) settle() {
	slices.SortStableFunc(p, func(a, b height) int { return cmp.Compare(a.sum*b.n, b.sum*a.n) })
	next := lineageRow
	for i := range p {
		p[i].y = max(next, p[i].sum*lineageRow/p[i].n)
		next = p[i].y + lineageRow
	}
}

func (p places) at(name string) int {
	return p[slices.IndexFunc(p, func(q height) bool { return q.name == name })].y
}
