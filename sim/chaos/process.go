package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"
)

// process is one that this program started.
type process struct {
	cmd    *exec.Cmd
	log    string
	exited chan struct{}
	err    error // set before exited is closed
}

// launch starts a process whose output goes to a file. The process must not end before it
// gets the order.
func launch(cmd *exec.Cmd, log string, book *ledger) (*process, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s cannot be started: %w", cmd.Path, err)
	}
	go func() {
		defer close(p.exited)
		p.err = cmd.Wait()
		file.Close()
		if book.now() != ending {
			book.fail("%s ended by itself: %v: %s", cmd.Path, p.err, p.said())
		}
	}()
	return p, nil
}

// said returns the end of a process's output.
func (p *process) said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// patience is the time that a process has to end after the order.
const patience = 5 * time.Second

// stopAll ends processes that have not ended.
func stopAll(all []*process) {
	for _, p := range all {
		p.cmd.Process.Signal(os.Interrupt)
	}
	for _, p := range all {
		impatient := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
		<-p.exited
		impatient.Stop()
	}
}

// finish waits for processes that end because there is nothing left to do.
func finish(all []*process, book *ledger) {
	late := time.After(patience)
	for _, p := range all {
		select {
		case <-p.exited:
			if p.err != nil {
				book.fail("%s: %v: %s", p.cmd.Path, p.err, p.said())
			}
		case <-late:
			book.fail("%s has closed its clients, and does not end: %s", p.cmd.Path, p.said())
			return
		}
	}
}
