package hubspot

import (
	"context"
	"slices"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Read looks records up by record id where it is known, else by key.
func (c *connection) Read(ctx context.Context, l *sdk.Lookup, found *sdk.Records) error {
	var others []int
	byID := make(map[string][]int)
	var ids []string
	for row := range l.Len() {
		id := l.DestID(row)
		if id == "" {
			others = append(others, row)
			continue
		}
		byID[id] = append(byID[id], row)
		ids = append(ids, id)
	}
	var names []string
	for _, f := range l.Fields {
		names = append(names, f.Name)
	}
	for part := range slices.Chunk(ids, maxRecords) {
		all := slices.Clone(names)
		for _, k := range l.Key {
			all = append(all, k.Name)
		}
		slices.Sort(all)
		records, err := c.readBatch(ctx, nil, l.Object, "", part, slices.Compact(all))
		if err != nil {
			return err
		}
		for _, r := range records {
			for _, row := range byID[r.ID] {
				if err := add(l, found, row, r); err != nil {
					return err
				}
			}
		}
	}
	if len(others) == 0 {
		return nil
	}
	unique, err := c.isUnique(ctx, nil, l.Object, l.Key)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(others, maxRecords) {
		matches, err := c.find(ctx, nil, question{object: l.Object, key: l.Key, properties: names, unique: unique}, part)
		if err != nil {
			return err
		}
		for _, row := range part {
			for _, r := range matches[row] {
				if err := add(l, found, row, r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func add(l *sdk.Lookup, found *sdk.Records, row int, r record) error {
	key := make([]any, len(l.Key))
	for i, k := range l.Key {
		key[i] = leatValue(k.Column, r.Properties[k.Name])
	}
	fields := make([]any, len(l.Fields))
	for i, f := range l.Fields {
		fields[i] = leatValue(f, r.Properties[f.Name])
	}
	return found.Add(row, r.ID, key, fields)
}
