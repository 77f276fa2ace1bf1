// Package origin tells where in the source something came from.
package origin

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// Panic returns the place of the panic that is under way, as "directory/file.go:line": the
// first frame below the runtime's own, without the directories of the machine that built
// the program. It is called in the midst of the panic.
func Panic() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	for below := false; ; {
		f, more := frames.Next()
		if below && !strings.HasPrefix(f.Function, "runtime.") {
			return Place(f)
		}
		below = below || f.Function == "runtime.gopanic"
		if !more {
			return "place unknown"
		}
	}
}

// Place writes a frame as "directory/file.go:line".
func Place(f runtime.Frame) string {
	return fmt.Sprintf("%s:%d", path.Join(path.Base(path.Dir(f.File)), path.Base(f.File)), f.Line)
}
