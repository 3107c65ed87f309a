package collection

import "fmt"

// DocumentIDs reads the whole corpus and returns its ids. A duplicate id is an
// error with file and line. Every id is held in memory, about 100 bytes each.
func (c *Collection) DocumentIDs() (map[string]struct{}, error) {
	return readIDs(c.CorpusPath())
}

// QueryIDs reads all queries and returns their ids. A duplicate id is an error with file and line.
func (c *Collection) QueryIDs() (map[string]struct{}, error) {
	return readIDs(c.QueriesPath())
}

func readIDs(path string) (map[string]struct{}, error) {
	seen := make(map[string]struct{})
	err := scan(path, func(r record) error {
		if _, twice := seen[r.id]; twice {
			return fmt.Errorf(`duplicate "_id" %q`, r.id)
		}
		seen[r.id] = struct{}{}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return seen, nil
}
