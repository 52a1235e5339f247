//! How cost grows, drawn: a picture for those who wait, one for many more of them, and one for the chats that run, each
//! with memory, processor and latency.

use std::path::Path;

use plotters::prelude::*;

use crate::results;

/// What is measured at so many people.
pub(crate) type Curve = Vec<(u32, f64)>;

const WIDTH: u32 = 960;
const HEIGHT: u32 = 300;

/// The same thing has the same colour in every picture.
fn colour(name: &str) -> RGBColor {
    match name {
        "memory" => RGBColor(0, 95, 115),
        "Redis" => RGBColor(174, 32, 18),
        _ => RGBColor(90, 90, 90),
    }
}

struct Named {
    name: String,
    /// Mebibytes, percent of a core, microseconds.
    curves: [Curve; 3],
}

/// The pictures, while they come to be.
#[derive(Default)]
pub(crate) struct Plots {
    waiting: Vec<Named>,
    inside: Vec<Named>,
    chats: Vec<Named>,
}

fn named(name: &str, memory: &[(u32, f64)], share: &[(u32, f64)], latency: &[(u32, f64)]) -> Named {
    let memory = memory.iter().map(|&(many, bytes)| (many, bytes / 1_048_576.0)).collect();
    Named { name: name.to_owned(), curves: [memory, share.to_vec(), latency.to_vec()] }
}

impl Plots {
    pub(crate) fn waiting(
        &mut self,
        name: &str,
        memory: &[(u32, f64)],
        share: &[(u32, f64)],
        latency: &[(u32, f64)],
    ) {
        self.waiting.push(named(name, memory, share, latency));
    }

    pub(crate) fn inside(
        &mut self,
        name: &str,
        memory: &[(u32, f64)],
        share: &[(u32, f64)],
        latency: &[(u32, f64)],
    ) {
        self.inside.push(named(name, memory, share, latency));
    }

    pub(crate) fn chats(
        &mut self,
        name: &str,
        memory: &[(u32, f64)],
        share: &[(u32, f64)],
        latency: &[(u32, f64)],
    ) {
        self.chats.push(named(name, memory, share, latency));
    }

    /// Into `target/bench`.
    pub(crate) fn draw(&self) {
        for (all, file, people) in [
            (&self.waiting, "waiting.svg", "visitors who wait"),
            (&self.inside, "inside.svg", "who wait in one process with the relay"),
            (&self.chats, "chats.svg", "chats that run"),
        ] {
            if !all.is_empty() {
                let path = results::folder().join(file);
                picture(&path, people, all).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                println!("{}", path.display());
            }
        }
    }
}

/// Three charts side by side.
fn picture(path: &Path, people: &str, all: &[Named]) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::new(path, (WIDTH, HEIGHT)).into_drawing_area();
    area.fill(&WHITE)?;
    let titles = ["memory, MiB", "processor, % of a core", "latency p50, us"];
    for (at, chart) in area.split_evenly((1, 3)).iter().enumerate() {
        let points = || all.iter().flat_map(|named| named.curves[at].iter().copied());
        let (most_people, most) =
            points().fold((1, 0.0_f64), |(x, y), (many, cost)| (x.max(many), y.max(cost)));
        let mut chart = ChartBuilder::on(chart)
            .caption(titles[at], ("sans-serif", 15))
            .margin(8)
            .x_label_area_size(34)
            .y_label_area_size(44)
            .build_cartesian_2d(0..most_people, 0.0..(most * 1.1).max(1.0))?;
        chart.configure_mesh().x_labels(4).y_labels(5).x_desc(people).light_line_style(WHITE).draw()?;
        for named in all {
            let (curve, colour) = (&named.curves[at], colour(&named.name));
            let line = LineSeries::new(curve.iter().copied(), colour.stroke_width(2)).point_size(3);
            chart
                .draw_series(line)?
                .label(&named.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], colour.stroke_width(2)));
        }
        if at == 0 {
            let place = SeriesLabelPosition::UpperLeft;
            chart.configure_series_labels().position(place).background_style(WHITE).draw()?;
        }
    }
    area.present()?;
    Ok(())
}
