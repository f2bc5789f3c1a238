package hub

import "net"

// meter counts the work of a connection's reader. The reader of a busy user holds the gate except
// while it is in a call of Read.
type meter struct {
	session *session // nil: nothing counts yet
	inside  bool     // the gate
}

func (m *meter) enter() {
	if m.session != nil && m.session.account.worked(1) {
		m.session.hub.gate.enter(m.session.account)
		m.inside = true
	}
}

func (m *meter) leave() {
	if m.inside {
		m.session.hub.gate.leave()
		m.inside = false
	}
}

// read reads from a connection.
func (m *meter) read(from net.Conn, b []byte) (int, error) {
	m.leave()
	defer m.enter()
	return from.Read(b)
}

// metered is a connection with a meter.
func metered(conn net.Conn, m *meter) net.Conn {
	if tcp, ok := conn.(*net.TCPConn); ok {
		return meteredTCP{tcp, m}
	}
	return meteredConn{conn, m}
}

type meteredConn struct {
	net.Conn
	meter *meter
}

func (c meteredConn) Read(b []byte) (int, error) { return c.meter.read(c.Conn, b) }

// meteredTCP is a meteredConn that package net still knows as what it is.
//
// OPTIMIZATION: it writes the head of a message and the message at once.
type meteredTCP struct {
	*net.TCPConn
	meter *meter
}

func (c meteredTCP) Read(b []byte) (int, error) { return c.meter.read(c.TCPConn, b) }
