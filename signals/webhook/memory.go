package webhook

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// memory remembers which alerts came, and when they came first, for as long as they are
// told apart. It is written down before an alert is told: one that comes again after a
// crash gets the time that it had, and so the rows that it had, which are no news if they
// were stored.
type memory struct {
	keep  market.Time
	path  string // "" keeps nothing beyond the process
	file  *os.File
	first map[market.Hash]market.Time
	told  map[market.Hash]bool // durable, as far as is known
	lines int                  // in the file
	limit int                  // of lines, at which it is written anew
}

// The file may have so many lines, or twice as many as were of use when it was written
// anew; more alerts than most are refused.
const (
	fewLines = 1024
	most     = 1 << 16
)

func openMemory(dir string, now, keep market.Time) (*memory, error) {
	m := &memory{keep: keep, first: map[market.Hash]market.Time{}, told: map[market.Hash]bool{}}
	if dir == "" {
		return m, m.rewrite(now)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	m.path = filepath.Join(dir, "alerts")
	if err := m.read(); err != nil {
		return nil, err
	}
	return m, m.rewrite(now)
}

// read reads the file. A line that was not written whole is of an alert that was not told.
func (m *memory) read() error {
	f, err := os.Open(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, at, told, ok := parseLine(lines.Text()); ok {
			m.first[key] = at
			if delete(m.told, key); told {
				m.told[key] = true
			}
		}
	}
	return nil
}

func parseLine(line string) (key market.Hash, at market.Time, told, ok bool) {
	name, count, _ := strings.Cut(line, " ")
	count, whole := strings.CutSuffix(count, ".")
	count, told = strings.CutSuffix(count, " told")
	n, err := strconv.ParseInt(count, 10, 64)
	b, bad := hex.DecodeString(name)
	if !whole || err != nil || bad != nil || len(b) != len(key) || n <= 0 {
		return key, 0, false, false
	}
	return market.Hash(b), market.Time(n), told, true
}

func line(key market.Hash, at market.Time, told bool) string {
	if told {
		return fmt.Sprintf("%s %d told.\n", key, int64(at))
	}
	return fmt.Sprintf("%s %d.\n", key, int64(at))
}

// rewrite forgets what is too old, and writes the rest to a file in the place of the old.
func (m *memory) rewrite(now market.Time) error {
	for key, at := range m.first {
		if at <= now-m.keep {
			delete(m.first, key)
			delete(m.told, key)
		}
	}
	m.lines, m.limit = len(m.first), max(fewLines, 2*len(m.first))
	if m.path == "" {
		return nil
	}
	f, err := os.OpenFile(m.path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for key, at := range m.first {
		_, _ = w.WriteString(line(key, at, m.told[key])) // Flush tells
	}
	if err := errors.Join(w.Flush(), f.Sync(), m.close(), os.Rename(f.Name(), m.path)); err != nil {
		_ = f.Close()
		return err
	}
	m.file = f
	if d, err := os.Open(filepath.Dir(m.path)); err == nil {
		_ = errors.Join(d.Sync(), d.Close()) // the new name; not every system can
	}
	return nil
}

var errFull = fmt.Errorf("%d alerts are remembered, and more would be too many: lower max_age or max_ahead", most)

// remember returns when an alert came first, durably, and whether it was told since.
func (m *memory) remember(key market.Hash, now market.Time) (first market.Time, told bool, err error) {
	if at, ok := m.first[key]; ok && at > now-m.keep {
		return at, m.told[key], nil
	}
	if m.lines >= m.limit || len(m.first) >= most {
		if err := m.rewrite(now); err != nil {
			return 0, false, err
		}
	}
	if len(m.first) >= most {
		return 0, false, errFull
	}
	if m.file != nil {
		if _, err := m.file.WriteString(line(key, now, false)); err != nil {
			return 0, false, err
		}
		if err := m.file.Sync(); err != nil {
			return 0, false, err
		}
	}
	m.lines++
	m.first[key] = now
	delete(m.told, key)
	return now, false, nil
}

// mark notes that an alert is durable. Where the note is lost, the alert is told again if
// it comes again.
func (m *memory) mark(key market.Hash) {
	m.told[key] = true
	if m.file != nil {
		if _, err := m.file.WriteString(line(key, m.first[key], true)); err == nil {
			m.lines++
		}
	}
}

func (m *memory) close() error {
	if m.file == nil {
		return nil
	}
	f := m.file
	m.file = nil
	return f.Close()
}
