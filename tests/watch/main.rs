//! What an operator watches the program with: the alert rules, the runbook, the board and `/metrics`, checked by Prometheus itself. A program under a
//! little load is scraped by a real server, which must answer every question of the board.
#![cfg(test)]

mod board;
mod documents;
mod load;
mod prometheus;
mod rules;
