//! The test vectors in the format's description are what the library does.

use request::Seed;
use trace::Tensor;

/// Reads the lines of the block of the text that begins with this mark.
fn vectors(text: &str, mark: &str) -> Vec<Vec<String>> {
    let after = text.split_once(mark).unwrap_or_else(|| panic!("no `{mark}` in the text")).1;
    let block = after.split("```").nth(1).expect("a block follows the mark");
    block
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .filter(|words: &Vec<String>| !words.is_empty())
        .collect()
}

fn format_text() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../FORMAT.md")).unwrap()
}

#[test]
fn tensors_are_those_of_the_text() {
    let vectors = vectors(&format_text(), "<!-- tensor vectors -->");
    assert_eq!(vectors.len(), 3);
    for words in vectors {
        let seed = words[0].parse().unwrap();
        let mut bytes = vec![0; 4 * (words.len() - 1)];
        Tensor::fill(Seed(seed), &mut bytes);
        let found: Vec<String> = bytes
            .chunks_exact(4)
            .map(|element| f32::from_le_bytes(element.try_into().unwrap()))
            .map(|element| format!("{}", (element * 16_777_216.0) as u32))
            .collect();
        assert_eq!(found, words[1..], "seed {seed}");
    }
}

#[test]
fn rows_are_those_of_the_text() {
    let workload = trace::Workload::built_in("urgent_heavy").unwrap();
    let rows: Vec<_> = trace::generate(&workload, Seed(42), 1).unwrap().flatten().collect();
    let vectors = vectors(&format_text(), "<!-- row vectors -->");
    assert_eq!(vectors.len(), 5);
    for words in vectors {
        let row = rows[words[0].parse::<usize>().unwrap()];
        let found = [
            row.request.id.0.to_string(),
            row.request.arrival.as_nanos().to_string(),
            row.request.tier.to_string(),
            workload.slos[usize::from(row.slo)].name.clone(),
            row.request.deadline.as_nanos().to_string(),
            workload.models[usize::from(row.request.model.0)].name.clone(),
            row.tensor_seed.0.cast_signed().to_string(),
        ];
        assert_eq!(found, words[..]);
    }
}
