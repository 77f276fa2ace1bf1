package webhook

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// TestMemoryIsBounded keeps a file that does not grow with what it forgot.
func TestMemoryIsBounded(t *testing.T) {
	dir := t.TempDir()
	const keep = 100
	m, err := openMemory(dir, 1, keep)
	if err != nil {
		t.Fatal(err)
	}
	m.lines = fewLines - 150
	for n := range 200 {
		now := market.Time(1000 + n)
		if first, told, err := m.remember(market.Hash{byte(n), byte(n >> 8)}, now); first != now || told || err != nil {
			t.Fatal(n, first, told, err)
		}
	}
	if err := m.close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "alerts"))
	if n := strings.Count(string(text), "\n"); err != nil || n != 149 {
		t.Error(n, err)
	}
}

// TestMemoryAfterACrash reads all lines but one that was cut, wherever the cut is.
func TestMemoryAfterACrash(t *testing.T) {
	whole := line(market.Hash{1}, 1000, false) + line(market.Hash{2}, 1001, true)
	for cut := range len(whole) + 1 {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "alerts"), []byte(whole[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := openMemory(dir, 1002, 100)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Count(whole[:cut]+" ", ".")
		if len(m.first) != want {
			t.Errorf("cut at %d: %v", cut, m.first)
		}
		if first, _, err := m.remember(market.Hash{1}, 1003); err != nil || want > 0 && first != 1000 || want == 0 && first != 1003 {
			t.Errorf("cut at %d: %v %v", cut, first, err)
		}
		if err := m.close(); err != nil {
			t.Fatal(err)
		}
	}
}
