//! The frame of a plot: colours, fonts, escaped text.

/// Width of every plot.
pub const WIDTH: f64 = 860.0;

/// Colours for light and dark backgrounds. The classes `a` to `d` are the lines of a plot.
const STYLE: &str = "
text { font: 14px system-ui, sans-serif; fill: #24292f }
.small { font-size: 12px; fill: #57606a }
.grid { stroke: #d0d7de }
.bar { fill: #8c959f }
.own, .bar.own { fill: #0969da }
.line { fill: none; stroke-width: 2 }
.line.a { stroke: #0969da } .dot.a { fill: #0969da }
.line.b { stroke: #bc4c00 } .dot.b { fill: #bc4c00 }
.line.c { stroke: #1a7f37 } .dot.c { fill: #1a7f37 }
.line.d { stroke: #8250df } .dot.d { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.small { fill: #9198a1 }
.grid { stroke: #3d444d }
.bar { fill: #656c76 }
.own, .bar.own { fill: #4493f8 }
.line.a { stroke: #4493f8 } .dot.a { fill: #4493f8 }
.line.b { stroke: #f0883e } .dot.b { fill: #f0883e }
.line.c { stroke: #3fb950 } .dot.c { fill: #3fb950 }
.line.d { stroke: #ab7df8 } .dot.d { fill: #ab7df8 }
}
";

/// Returns a whole picture of this height around `content`.
pub fn picture(height: f64, title: &str, content: &str) -> String {
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" width=\"{WIDTH:.0}\" role=\"img\">
<title>{title}</title>
<style>{STYLE}</style>
{content}</svg>
"
    )
}

/// Returns a text at a point; `attributes` come before its content.
pub fn text(x: f64, y: f64, attributes: &str, content: &str) -> String {
    let content = escaped(content);
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" {attributes}>{content}</text>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
