package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestSampleIsMadeOfItsSources makes the bundled sample once more: the same bytes.
func TestSampleIsMadeOfItsSources(t *testing.T) {
	dir, err := filepath.Abs("../../../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "binance-spot-bernini10")); err != nil {
		t.Skip("the files that the sample is made of are not beside this checkout: ", err)
	}
	want, err := os.ReadFile(filepath.Join("..", "..", output))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(filepath.Dir(output), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(output); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes where the sample has %d, %v", len(got), len(want), err)
	}
}

// TestNoSources names the file that is missing, and writes nothing.
func TestNoSources(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := run("nosuch"); err == nil {
		t.Error("no error without sources")
	}
	if _, err := os.Stat(output); err == nil {
		t.Error("a sample was written")
	}
}
