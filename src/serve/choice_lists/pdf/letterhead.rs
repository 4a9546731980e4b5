//! The logo of the hospital above the first page of a list.

use std::sync::OnceLock;

use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::geom::{Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::outline::Outline;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, TagTree};
use krilla::{Document, SerializeSettings};

use crate::hospital::logo::HospitalLogo;
use crate::serve::choice_lists::pdf::layout::{HEIGHT, MARGIN, WIDTH};

/// The most pixels of a picture. Our choice: more than a letterhead needs; more would take memory for every list.
const MOST_PIXELS: u32 = 1_000_000;
/// The height of the picture in points: it is in the margin above the text, so that no list gets longer.
const TALLEST: f32 = 30.0;
/// Its greatest width in points.
const WIDEST: f32 = 200.0;
/// Where it begins, in points from the top of the page.
const TOP: f32 = 18.0;

/// A picture that fits above the text of the first page.
#[derive(Debug, Clone)]
pub(crate) struct LetterheadPicture {
    image: Image,
    width: f32,
    height: f32,
}

impl LetterheadPicture {
    /// `logo` as a picture of a PDF, if a PDF can show it.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub(crate) fn of(logo: &HospitalLogo) -> Result<Self, String> {
        let bytes = || logo.bytes.to_vec().into();
        let image = match logo.media_type {
            "image/png" => Image::from_png(bytes(), false),
            "image/jpeg" => Image::from_jpeg(bytes(), false),
            _ => return Err("a PDF cannot show an SVG file; save the logo as PNG or JPEG".to_owned()),
        };
        let image = image.map_err(|_| "the picture is damaged; save it again".to_owned())?;
        let (wide, tall) = image.size();
        if wide.saturating_mul(tall) > MOST_PIXELS {
            return Err(format!("the picture has more than {MOST_PIXELS} pixels; save a smaller one"));
        }
        let side = |pixels: u32| f32::from(u16::try_from(pixels).unwrap_or(u16::MAX)).max(1.0);
        let scale = (TALLEST / side(tall)).min(WIDEST / side(wide));
        Ok(Self { image, width: side(wide) * scale, height: side(tall) * scale })
    }

    /// The same after a page with nothing but the picture was written, which finds everything that would make a list fail.
    ///
    /// # Errors
    /// Why a PDF cannot show it, and what to do.
    pub(crate) fn tried(logo: &HospitalLogo) -> Result<Self, String> {
        let picture = Self::of(logo)?;
        let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
        let settings = configuration.map(|configuration| SerializeSettings { configuration, ..SerializeSettings::default() });
        let mut document = Document::new_with(settings.map_err(|_| "the PDF configuration is not valid".to_owned())?);
        if let Some(size) = PageSettings::from_wh(WIDTH, HEIGHT) {
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            picture.draw(&mut surface);
            surface.finish();
            page.finish();
        }
        document.set_outline(Outline::new());
        document.set_tag_tree(TagTree::new().with_lang(Some("en".to_owned())));
        let metadata = Metadata::new().title("Logo".to_owned()).language("en".to_owned());
        document.set_metadata(metadata);
        let wrong = "a PDF cannot show the picture; save it as a PNG with 8 bits for each color".to_owned();
        document.finish().map(|_| picture).map_err(|_| wrong)
    }

    /// Draws it. It is no part of the text for screen readers: the name of the hospital is printed below.
    pub(crate) fn draw(&self, surface: &mut Surface<'_>) {
        let Some(size) = Size::from_wh(self.width, self.height) else { return };
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Header)));
        surface.push_transform(&Transform::from_translate(MARGIN, TOP));
        surface.draw_image(self.image.clone(), size);
        surface.pop();
        surface.end_tagged();
    }
}

/// The picture of the hospital's logo, which is tried once and then kept for every list.
#[derive(Debug, Default)]
pub struct KeptLetterhead(OnceLock<Result<LetterheadPicture, String>>);

impl KeptLetterhead {
    /// The picture of `logo`, which is the only logo of the server.
    ///
    /// # Errors
    /// Why a PDF cannot show it, and what to do. This is reported at the start; no list fails because of it.
    pub(crate) fn picture(&self, logo: &HospitalLogo) -> Result<&LetterheadPicture, &str> {
        self.0.get_or_init(|| LetterheadPicture::tried(logo)).as_ref().map_err(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn logo(bytes: Vec<u8>) -> HospitalLogo {
        HospitalLogo::of(bytes).unwrap()
    }

    /// One red pixel.
    const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mM4o6QEAALOARFkF0v1AAAAAElFTkSuQmCC";

    #[test]
    fn a_picture_fits_above_the_text_and_keeps_its_shape() {
        let picture = LetterheadPicture::tried(&logo(STANDARD.decode(PNG).unwrap())).unwrap();
        assert!((picture.width, picture.height) == (TALLEST, TALLEST) && TOP + TALLEST < MARGIN);
    }

    #[test]
    fn the_logo_is_tried_once_and_its_result_is_kept() {
        let (kept, png) = (KeptLetterhead::default(), logo(STANDARD.decode(PNG).unwrap()));
        let first = kept.picture(&png).unwrap();
        assert!(std::ptr::eq(first, kept.picture(&png).unwrap()));
        let (kept, svg) = (KeptLetterhead::default(), logo(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()));
        let why = kept.picture(&svg).unwrap_err();
        assert!(std::ptr::eq(why, kept.picture(&svg).unwrap_err()) && why.contains("SVG"));
    }

    #[test]
    fn what_a_pdf_cannot_show_has_a_reason() {
        let header = |width: u32, height: u32| {
            [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &width.to_be_bytes(), &height.to_be_bytes()].concat()
        };
        for (bytes, reason) in [
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), "SVG"),
            (header(9, 9), "damaged"),
            (b"\xff\xd8\xff\xc2\0\x0b\x08\0\x09\0\x09".to_vec(), "the picture"),
        ] {
            let why = LetterheadPicture::tried(&logo(bytes)).unwrap_err();
            assert!(why.contains(reason), "{why}");
        }
    }
}
