# The pages that a customer meets. locales/en says what each message is for.

## Every page

language-label = اللغة
footer-help = مساعدة
footer-privacy = الخصوصية
footer-call = اتصل على { $phone }
call-number-unknown = الرقم المكتوب على بطاقتك أو في عقدك
title-with-company = { $title } – { $company }
title-with-error = خطأ: { $title }
request-id = إذا احتجت إلى مساعدة فاذكر { $id }
error-summary = هناك مشكلة
close-page = يمكنك إغلاق هذه الصفحة.

## The reference

reference-label = الرمز المرجعي الذي وصل مع الرابط
reference-check = يجب أن يقرأ لك الموظف الرمز نفسه. لا تقرأه أنت أولًا.
reference-none = لم يصل مع الرابط رمز مرجعي. اسأل الموظف عمّا يحتاج إليه قبل أن تتابع.

## Time

time-left = يُرجى الرد خلال { $minutes ->
    [zero] أقل من دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
  } من فتح هذه الصفحة.
time-nearly-over = بقي للرد أقل من دقيقة.
time-over = انتهى وقت الرد. اطلب من الموظف رابطًا جديدًا.

## The request

request-title = موظف يطلب الدخول إلى حسابك
request-lead = تابع فقط إذا كنت تتحدث الآن مع موظف من { $company } على الهاتف أو في أحد الفروع.
sign-in-heading = أولًا، أكّد لنا أنك صاحب الحساب
sign-in-then-decide = أو سجّل الدخول أولًا ثم قرّر
sign-in-another-way = أو سجّل الدخول بطريقة أخرى
sign-in-promise = تسجيل الدخول لا يسمح بشيء بعد. القرار لك في الصفحة التالية.
sign-in-or = أو
passkey-continue = المتابعة بالوجه أو البصمة أو قفل الشاشة
passkey-allow = السماح بالوجه أو البصمة أو قفل الشاشة
passkey-deny = الإيقاف بالوجه أو البصمة أو قفل الشاشة
passkey-asking = بانتظار جهازك…
passkey-away = لا يعمل الوجه أو البصمة أو قفل الشاشة هنا في الوقت الحالي. لم يُسمح بأي شيء. اختر طريقة أخرى.
passkey-not-stopped = لم يتوقف هذا بعد. ما زال الطلب مفتوحًا.
passkey-stop-otherwise = الإيقاف دون الوجه أو البصمة
mail-address-label = بريدك الإلكتروني
mail-send = أرسل لي رابطًا
mail-address-invalid = اكتب بريدًا إلكترونيًا مثل name@example.com
social-continue = المتابعة باستخدام { $provider }
not-on-a-call-link = أنا لا أتحدث مع { $company }
embedded-browser-title = بعض الأشياء لا تعمل في هذه النافذة
embedded-browser-text = فتحت الرابط داخل تطبيق آخر. بعض طرق تسجيل الدخول لا تعمل هنا.
embedded-browser-open = المتابعة في متصفحك
notice-sign-in-failed = لم ينجح ذلك، ولم يُسمح بأي شيء. حاول مرة أخرى أو اختر طريقة أخرى.
notice-sign-in-cancelled = أُوقف تسجيل الدخول. لم يُسمح بأي شيء. حاول مرة أخرى أو اختر طريقة أخرى.
notice-sign-in-denied = أُوقف تسجيل الدخول، أو أن ذلك الحساب غير مرتبط بحسابك هنا. لم يُسمح بأي شيء. حاول مرة أخرى أو اختر طريقة أخرى.
notice-sign-in-expired = سجّل الدخول مرة أخرى للمتابعة. لم يُسمح بأي شيء.

## Mail

mail-sent-title = افتح بريدك
mail-sent-lead = إذا كان { $address } لأحد عملاء { $company } فهناك رسالة في الطريق إليه.
mail-sent-lead-unnamed = إذا كان العنوان لأحد عملاء { $company } فهناك رسالة في الطريق إليه.
mail-sent-next = افتح الرابط الموجود فيها، على هذا الهاتف أو على جهاز آخر. يُسجَّل الدخول فقط على الشاشة التي تفتح الرابط.
mail-code-heading = أو اكتب هنا الرمز الموجود في الرسالة
mail-code-label = الرمز الموجود في الرسالة
mail-code-hint = يمكنك لصقه. المسافات والشرطات لا تهم.
mail-code-continue = متابعة
mail-code-secret = لن يطلب منك أحد هذا الرمز أبدًا. لا تقرأه لأحد.
mail-code-wrong = هذا الرمز خاطئ أو قديم. تحقق منه أو اطلب رسالة أخرى.
mail-not-arrived = لم تصل الرسالة بعد؟
mail-not-arrived-text = قد يستغرق ذلك دقيقة. انظر أيضًا في مجلد الرسائل غير المرغوب فيها.
mail-send-again = أرسل رسالة أخرى
mail-sent-again = هناك رسالة أخرى في الطريق إذا كان العنوان لأحد العملاء.
mail-other-address = استخدم عنوانًا آخر أو طريقة أخرى
mail-done-elsewhere = أجبت على شاشة أخرى

mail-continue-title = المتابعة إلى الطلب
mail-continue-lead = فتحت الرابط الموجود في رسالتنا. تابع لتسجيل الدخول على هذه الشاشة ولترى ما يطلبه الموظف.
mail-continue-nothing-yet = هذا لا يسمح بشيء بعد. القرار لك في الصفحة التالية.
mail-continue-button = متابعة
mail-continue-button-as = المتابعة باسم { $address }
mail-pick-title = ما الرمز المرجعي الذي أعطاك إياه الموظف؟
mail-pick-hint = اختر الرمز الذي يقرؤه لك الموظف. إذا كنت لا تتحدث مع موظف فأغلق هذه الصفحة.
mail-pick-legend = الرمز المرجعي
mail-pick-missing = اختر رمزًا مرجعيًا
mail-pick-none = ليس أيًّا منها؟ إذن أغلق هذه الصفحة. لم يُسمح بأي شيء.
mail-type-title = اكتب الرمز الموجود في الرسالة
mail-type-lead = فُتح الرابط على شاشة غير التي طلبته. الرمز الموجود في الرسالة نفسها يتيح لك المتابعة.

## The decision

decision-title = هل تسمح لهذا الموظف بالدخول إلى حسابك؟
decision-who = من يطلب
decision-who-text = موظف من { $company } يُفترض أنه يتحدث معك الآن
decision-what = إذا سمحت بذلك فيمكن للموظف
decision-signed-in-as = مسجّل الدخول باسم { $account }
decision-switch = لست أنت؟
decision-question = هل تتحدث مع هذا الموظف، وهل الرمز المرجعي هو نفسه؟
decision-allow = نعم، أسمح
decision-deny = لا، أوقف هذا
ability-openid = التأكد من أنه يتحدث معك
ability-profile = رؤية اسمك وملفك الشخصي
ability-email = رؤية بريدك الإلكتروني
ability-phone = رؤية رقم هاتفك
ability-address = رؤية عنوانك البريدي
ability-offline-access = الاحتفاظ بهذا الدخول بعد المحادثة إلى أن يُسحب
ability-other = استخدام ما تسميه { $company } «{ $scope }»
ability-unstated = التصرف في حسابك نيابة عنك بقدر ما تسمح { $company } لموظفيها

not-on-a-call-title = ألا تتحدث مع موظف؟
not-on-a-call-lead = إذن ربما يحاول أحد الدخول إلى حسابك. أوقف هذا الطلب.
not-on-a-call-stop = أوقف هذا الطلب
not-on-a-call-back = رجوع، أنا أتحدث مع موظف
advice-heading = ماذا تفعل الآن
advice-hang-up = إذا كان أحد على الهاتف فأنهِ المكالمة.
advice-call = اتصل بنفسك بـ { $company }: { $number }.
advice-never = لا تقرأ رمزًا لأحد أبدًا، ولا ترسل الرابط إلى أحد.

## Outcomes

allowed-title = تم السماح
allowed-lead = أكدت { $company } إجابتك. يمكن للموظف الآن مساعدتك.
allowed-next = غيّرت رأيك؟ أخبر الموظف أو اتصل: { $number }.
stopped-title = تم الإيقاف
stopped-lead = أكدت { $company } إجابتك. لن يحصل الموظف على أي دخول بهذا الطلب.
stopped-next = إذا لم تكن تتوقع هذا فاتصل: { $number }.
reported-title = تم الإبلاغ
reported-lead = شكرًا لك. سجّلنا أنك لا تتحدث مع موظف. لم يُسمح بأي شيء على هذه الشاشة.
reported-next = لا تسجّل الدخول بهذا الرابط مهما قيل لك.
decided-elsewhere-waiting-title = لا توجد إجابة بعد
decided-elsewhere-waiting-lead = ليست لدينا إجابة عن هذا الطلب بعد. أجب على الشاشة التي سجّلت الدخول عليها، ثم تحقق مرة أخرى.
look-again = تحقق مرة أخرى
asking-title = نُبلغ { $company }
asking-lead = إجابتك في الطريق. تحقق مرة أخرى بعد بضع ثوانٍ.
asking-next = أبقِ هذه الصفحة مفتوحة حتى ذلك الحين من فضلك.
unknown-approve-lead = أجبت «نعم، أسمح». أُرسلت الإجابة إلى { $company } ولم يصل تأكيد.
unknown-deny-lead = أجبت «لا، أوقف هذا». أُرسلت الإجابة إلى { $company } ولم يصل تأكيد.
unknown-next = أرسل الإجابة نفسها مرة أخرى. لن تُحسب إلا مرة واحدة.
unknown-send-again = أرسلها مرة أخرى
passkey-offer-title = في المرة القادمة، استخدم وجهك أو بصمتك
passkey-offer-text = أضف مفتاح مرور إلى هذا الجهاز ولن تحتاج إلى رسالة.
passkey-offer-add = إضافة مفتاح مرور
passkey-added-title = أُضيف مفتاح المرور
passkey-added-lead = يمكنك في المرة القادمة استخدام الوجه أو البصمة أو قفل الشاشة.
passkey-not-added = لم يُضَف مفتاح المرور. تبقى إجابتك كما هي.
passkey-exists = يوجد مفتاح مرور لهذا الحساب على هذا الجهاز بالفعل. يمكنك استخدامه في المرة القادمة.

## In another browser

elsewhere-title = المتابعة في متصفحك
elsewhere-lead = انسخ هذا العنوان وافتحه في المتصفح الذي تستخدمه عادة. يصلح لخمس دقائق ولمرة واحدة فقط.
elsewhere-address = العنوان المراد نسخه
elsewhere-open = فتح في المتصفح
elsewhere-continue-title = المتابعة إلى الطلب
elsewhere-continue-lead = أحضرت طلبًا من نافذة أخرى. تابع لتراه هنا.

## Problems: what happened, and what to do

problem-link-malformed = هذا الرابط غير كامل
problem-link-malformed-what = جزء من العنوان مفقود أو تم تغييره.
problem-link-malformed-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك. إذا لم ينفع ذلك فاطلب من الموظف رابطًا جديدًا.
problem-request-unknown = لا نجد هذا الطلب
problem-request-unknown-what = فُتح في متصفح آخر، أو انتهى وقته، أو هذا المتصفح لا يحفظ ملفات تعريف الارتباط.
problem-request-unknown-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك. إذا لم ينفع ذلك فاطلب من الموظف رابطًا جديدًا.
problem-request-expired = انتهى الوقت
problem-request-expired-what = لم تتم الإجابة عن هذا الطلب في الوقت المحدد. لم يُسمح بأي شيء.
problem-request-expired-next = اطلب من الموظف رابطًا جديدًا.
problem-already-decided = تمت الإجابة عن هذا الطلب
problem-already-decided-what = سُمح به أو أُوقف من قبل، ولا يمكن تغييره هنا.
problem-already-decided-next = إذا لم تكن أنت من فعل ذلك فاتصل: { $number }.
problem-not-accepted = لم تُقبل إجابتك
problem-not-accepted-what = ربما انتهت صلاحية الطلب، أو أُجيب عنه من قبل، أو كان مخصصًا لحساب آخر. لم تسمح هذه الإجابة بأي شيء.
problem-not-accepted-next = اسأل الموظف عمّا يظهر لديه، واطلب رابطًا جديدًا إذا لزم الأمر.
problem-wrong-account = هذا الطلب لحساب آخر
problem-wrong-account-what = الحساب الذي سجّلت الدخول إليه ليس الحساب الذي طلبه الموظف. لم يُسمح بأي شيء.
problem-wrong-account-next = سجّل الدخول إلى الحساب الصحيح أو أخبر الموظف.
problem-message-mismatch = تم تغيير هذا الرابط
problem-message-mismatch-what = رمزه المرجعي ليس الرمز الذي لدى الموظف. لم يُسمح بأي شيء.
problem-message-mismatch-next = لا تتابع. أخبر الموظف أو اتصل: { $number }.
problem-provider-unreachable = لا يمكننا الاتصال الآن
problem-provider-unreachable-what = لم تستجب خدمة نحتاج إليها. لم يُسمح بأي شيء.
problem-provider-unreachable-next = انتظر لحظة وحاول مرة أخرى. طلبك ما زال مفتوحًا.
problem-outcome-unknown = لا نعرف بعد هل نجح ذلك
problem-outcome-unknown-what = أُرسلت إجابتك ولم يصل تأكيد.
problem-outcome-unknown-next = ارجع إلى الطلب وأرسل الإجابة نفسها مرة أخرى. لن تُحسب إلا مرة واحدة.
problem-sign-in-required = سجّل الدخول مرة أخرى
problem-sign-in-required-what = انتهى تسجيل دخولك لحمايتك. لم يُسمح بأي شيء.
problem-sign-in-required-next = ارجع إلى الطلب وسجّل الدخول.
problem-sign-in-failed = لم ينجح ذلك
problem-sign-in-failed-what = لم نتمكن من تسجيل دخولك. لم يُسمح بأي شيء.
problem-sign-in-failed-next = ارجع إلى الطلب وحاول مرة أخرى أو اختر طريقة أخرى.
problem-mail-link-spent = هذه الرسالة قديمة
problem-mail-link-spent-what = استُخدم رابطها من قبل، أو حلّت محلها رسالة أحدث، أو انتهى وقته.
problem-mail-link-spent-next = ارجع إلى الصفحة التي جئت منها واطلب رسالة أخرى.
problem-code-wrong = هذا الرمز لا يعمل
problem-code-wrong-what = الرمز خاطئ أو قديم. لم يُسمح بأي شيء.
problem-code-wrong-next = تحقق من الرمز في أحدث رسالة أو اطلب رسالة أخرى.
problem-too-many-tries = محاولات كثيرة
problem-too-many-tries-what = نتوقف قليلًا لحماية حسابك.
problem-too-many-tries-next = انتظر بضع دقائق وحاول مرة أخرى. إذا كنت مستعجلًا فأخبر الموظف.
problem-cross-site = هذا لم يأتِ من صفحتنا
problem-cross-site-what = ضُغط الزر في موقع آخر، لذلك لم نفعل شيئًا.
problem-cross-site-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك.
problem-page-unknown = هذه الصفحة غير موجودة
problem-page-unknown-what = العنوان خاطئ أو أن الصفحة لم تعد موجودة.
problem-page-unknown-next = افتح الرابط مرة أخرى من الرسالة التي وصلتك.
problem-internal = حدث خطأ من جانبنا
problem-internal-what = لم نتمكن من إكمال هذا. الخطأ منا وليس منك.
problem-internal-next = انتظر لحظة وحاول مرة أخرى أو أخبر الموظف.
problem-back = الرجوع إلى الطلب
problem-switch = تسجيل الدخول إلى حساب آخر
problem-again = حاول مرة أخرى
