package app

import (
	"fmt"
	"io"
	"os"
	"time"
)

// An importMeter says on a terminal how far the import of a file is, once it takes more
// than a second.
type importMeter struct {
	w           io.Writer // nil where nothing is to be said
	name        string
	size, bytes int64
	rows        int
	began, last time.Time
}

func newImportMeter(w io.Writer, path string) *importMeter {
	m := &importMeter{name: path, began: time.Now()}
	if info, err := os.Stat(path); err == nil && onTerminal(w) {
		m.w, m.size = w, info.Size()
	}
	return m
}

// read says how many bytes of the file were read.
func (m *importMeter) read(bytes int64) {
	m.bytes = bytes
	if m.w != nil {
		m.tell(time.Now())
	}
}

func (m *importMeter) tell(now time.Time) {
	spent := now.Sub(m.began)
	if spent < time.Second || now.Sub(m.last) < progressStep {
		return
	}
	m.last = now
	fmt.Fprintf(m.w, "\r%s\x1b[K", m.line(spent))
}

// line says how many bytes and rows were read, and how long the rest will take.
func (m *importMeter) line(spent time.Duration) string {
	text := fmt.Sprintf("%s: %.0f of %.0f MB, %s", m.name, float64(m.bytes)/1e6, float64(m.size)/1e6, plural(m.rows, "row"))
	return text + left(spent, float64(m.bytes)/float64(max(m.size, m.bytes, 1)))
}

// storing says that all was read.
func (m *importMeter) storing() {
	if !m.last.IsZero() {
		fmt.Fprintf(m.w, "\r%s: storing %s\x1b[K", m.name, plural(m.rows, "row"))
	}
}

// end removes the line.
func (m *importMeter) end() {
	if !m.last.IsZero() {
		fmt.Fprint(m.w, "\r\x1b[K")
	}
}
