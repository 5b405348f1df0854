mod bounds;
mod colours;
mod formats;
mod orientations;
mod samples;
mod transforms;
mod truncation;
