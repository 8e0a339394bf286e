//! [`Case`]: one question to the servers, the rows that it compares, and the figures that it shows.

use crate::bench::Bench;
use crate::failure::Outcome;
use crate::sample::Sample;

/// One question.
pub struct Case {
    /// Its name on the command line and in the document.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What is measured, in a sentence or two.
    pub about: &'static str,
    /// Whether the quick run has it.
    pub is_quick: bool,
    /// Most rounds, because a case is slow or does not vary.
    pub most_rounds: usize,
    /// The heading of the first column.
    pub subject: &'static str,
    /// The figures that are shown.
    pub columns: Vec<Column>,
    /// The figure that is shown as a multiple of that of nginx.
    pub ratio: Option<&'static str>,
    /// The figure that is drawn.
    pub plot: Option<Plot>,
    /// What is compared.
    pub rows: Vec<Row>,
}

/// A measurement of one row.
type Measure = Box<dyn Fn(&Bench) -> Outcome<Sample>>;

/// One line of the table.
pub struct Row {
    /// What is measured.
    pub label: String,
    /// The line of the plot that the row belongs to, and its place there.
    pub point: Option<(&'static str, f64)>,
    /// The label of the row that the figure [`Case::ratio`] is compared with.
    pub reference: String,
    measure: Measure,
}

impl Row {
    /// Makes a row that is compared with the row `nginx`, where there is one.
    pub fn new(
        label: impl Into<String>,
        measure: impl Fn(&Bench) -> Outcome<Sample> + 'static,
    ) -> Self {
        Self {
            label: label.into(),
            point: None,
            reference: NGINX.to_owned(),
            measure: Box::new(measure),
        }
    }

    /// Makes it a point of a line.
    pub fn at(mut self, line: &'static str, x: f64) -> Self {
        self.point = Some((line, x));
        self
    }

    /// Compares it with another row.
    pub fn beside(mut self, label: impl Into<String>) -> Self {
        self.reference = label.into();
        self
    }

    /// Measures it once.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when a server does not start or a request fails.
    pub fn measure(&self, bench: &Bench) -> Outcome<Sample> {
        (self.measure)(bench)
    }
}

/// The label of the row that others are compared with.
pub const NGINX: &str = "nginx";

/// A figure in a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The key of the figure.
    pub key: &'static str,
    /// The heading, with the unit.
    pub heading: &'static str,
    /// Number of decimals.
    pub decimals: usize,
    /// Whether smallest and largest value are shown.
    pub has_spread: bool,
}

impl Column {
    /// Makes a column with the median alone.
    pub const fn new(key: &'static str, heading: &'static str, decimals: usize) -> Self {
        Self {
            key,
            heading,
            decimals,
            has_spread: false,
        }
    }

    /// Makes a column with median, smallest and largest value.
    pub const fn spread(key: &'static str, heading: &'static str, decimals: usize) -> Self {
        Self {
            has_spread: true,
            ..Self::new(key, heading, decimals)
        }
    }
}

/// A plot: bars, one for each row, or lines through the points of the rows.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    /// The key of the figure.
    pub key: &'static str,
    /// What the figure is, with its unit.
    pub heading: &'static str,
    /// What the horizontal axis shows, where rows are points.
    pub axis: Option<&'static str>,
}
