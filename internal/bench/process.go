package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
)

// announced is what serve says once it listens, before its address.
const announced = "巩固已启动："

// Process is the real program, serving in a process of its own until it is killed.
type Process struct {
	URL string // without a slash at the end
	PID int

	cmd  *exec.Cmd
	log  bytes.Buffer
	gone sync.Once
}

// StartProcess runs `PROGRAM serve` with args on a free port of this machine and returns once it listens.
func StartProcess(program string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(program, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)}
	p.cmd.Stderr = &p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.PID = p.cmd.Process.Pid
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), announced); ok {
			p.URL = strings.TrimSuffix(url, "/")
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return p, nil
		}
	}
	return nil, fmt.Errorf("the server did not start: %w\n%s", p.cmd.Wait(), p.log.String())
}

// Kill ends the process as a power cut does (SIGKILL). Killing it again changes nothing.
func (p *Process) Kill() {
	p.gone.Do(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
}

// Log returns what the process wrote to its log; only after Kill.
func (p *Process) Log() string { return p.log.String() }
