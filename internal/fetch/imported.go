package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/signalman-trading/signalman/internal/published"
	"github.com/signalman-trading/signalman/market"
)

// Imported remembers how many rows the files had that were imported, in a file of lines:
// so many must be stored for the file to be passed over. It is only a help: without it
// files are imported again. A nil one knows nothing and keeps nothing.
type Imported struct {
	path string
	had  map[string]int // by venue and name
}

// OpenImported reads what there is at a path. Lines that are none are passed over: the
// end of the last one may be lost in a crash.
func OpenImported(path string) (*Imported, error) {
	m := &Imported{path, map[string]int{}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, m.failed(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var key, end string
		var rows int
		if n, _ := fmt.Sscanf(lines.Text(), "%s %d %s", &key, &rows, &end); n == 3 && end == "rows" {
			m.had[key] = rows
		}
	}
	if err := lines.Err(); err != nil {
		return nil, m.failed(err)
	}
	return m, nil
}

func (m *Imported) failed(err error) error {
	return &market.Error{Class: market.Failed, Where: m.path, Err: err, Hint: "it may be deleted: then files are imported again"}
}

func imported(venue string, f published.File) string {
	return strings.Join([]string{venue, string(f.Kind), f.Name()}, "/")
}

// rows is how many rows a file had; 0 is not known.
func (m *Imported) rows(venue string, f published.File) int {
	if m == nil {
		return 0
	}
	return m.had[imported(venue, f)]
}

// add remembers a file.
func (m *Imported) add(venue string, f published.File, rows int) error {
	key := imported(venue, f)
	if m == nil || m.had[key] == rows {
		return nil
	}
	m.had[key] = rows
	err := os.MkdirAll(filepath.Dir(m.path), 0o700)
	var out *os.File
	if err == nil {
		out, err = os.OpenFile(m.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	}
	if err == nil {
		_, err = fmt.Fprintf(out, "%s %d rows\n", key, rows)
		err = errors.Join(err, out.Close())
	}
	if err != nil {
		return m.failed(err)
	}
	return nil
}
