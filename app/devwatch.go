package app

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// watch acts once, and again after each change of what look sees, once it has been quiet for
// an interval. What is still acting when something changes is stopped first. It returns nil
// when ctx ends, and the error of a look.
func watch(ctx context.Context, every time.Duration, look func() (uint64, error), act func(context.Context)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	seen, err := look()
	for err == nil && ctx.Err() == nil {
		acting, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			act(acting)
		}()
		seen, err = changed(ctx, tick.C, look, seen)
		stop()
		<-done
	}
	return err
}

// changed waits until a look differs from what was seen, and is then alike twice: an editor
// that writes several files is not met half-way.
func changed(ctx context.Context, tick <-chan time.Time, look func() (uint64, error), seen uint64) (uint64, error) {
	last := seen
	for {
		select {
		case <-ctx.Done():
			return seen, nil
		case <-tick:
		}
		now, err := look()
		if err != nil || now != seen && now == last {
			return now, err
		}
		last = now
	}
}

// sources end the names of the files that say what a program does. Others are taken for what
// a run wrote: a change of them would be answered by a run, without end.
var sources = []string{".go", ".toml", ".mod", ".sum", ".work"}

// lookAt returns a number that differs when a source below a directory is written, made,
// renamed or removed. Hidden files do not count.
func lookAt(dir string) (uint64, error) {
	h := fnv.New64a()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(filepath.Base(path), ".")
		switch {
		case err != nil && path != dir && errors.Is(err, fs.ErrNotExist):
			return nil // it went between two looks at it
		case err != nil:
			return err
		case d.IsDir() && hidden && path != dir:
			return fs.SkipDir
		case d.IsDir() || hidden || !slices.Contains(sources, filepath.Ext(path)):
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			fmt.Fprintln(h, path, info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	return h.Sum64(), err
}
